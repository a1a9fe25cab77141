// The time zone of the reader's own clock, where the form does not know it yet.

const form = document.querySelector("form[data-guess-zone]");
const zone = form?.querySelector("select[name=zone]");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && zone.value === "UTC" && zone.querySelector(`option[value="${CSS.escape(own)}"]`)) zone.value = own;
