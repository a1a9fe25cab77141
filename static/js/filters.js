// The list of pledges: a choice takes effect at once. Without this script the button does the same.

const form = document.querySelector("form[data-submit-on-change]");
form?.addEventListener("change", (event) => {
  if (event.target.matches('input[type="checkbox"], select')) form.requestSubmit();
});

// Empty fields stay out of the address.
form?.addEventListener("formdata", (event) => {
  for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
});

// Nor in the address of what is found while words are typed.
document.addEventListener("htmx:configRequest", (event) => {
  for (const [name, value] of [...event.detail.formData]) if (!value) event.detail.formData.delete(name);
});
