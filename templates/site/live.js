// Only while `judge site serve` runs: the page is loaded again when the site has been built anew.
"use strict";
new EventSource("/changes").onmessage = () => location.reload();
