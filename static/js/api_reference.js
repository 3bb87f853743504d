// Shows the description of the API. Requests that are tried out carry the session and its CSRF token.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const pane = document.getElementById("reference");
  const token = document.querySelector("[name=csrfmiddlewaretoken]");
  window.SwaggerUIBundle({
    domNode: pane,
    url: pane.dataset.description,
    deepLinking: true,
    validatorUrl: null,
    supportedSubmitMethods: ["get", "post", "put", "patch", "delete"],
    requestInterceptor: (request) => {
      if (token) request.headers["X-CSRFToken"] = token.value;
      return request;
    },
  });
});
