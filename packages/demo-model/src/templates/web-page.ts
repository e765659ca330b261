/** The page that `generate_ui` writes: it calls the API's /users and loads nothing from elsewhere. */

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

export function webPage(headline: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Users</title>
    <style>
      body { font-family: system-ui, sans-serif; margin: 2rem auto; max-width: 40rem; padding: 0 1rem; }
      form { display: flex; flex-wrap: wrap; gap: 0.5rem; margin-block: 1rem; }
      label { display: flex; flex-direction: column; }
    </style>
  </head>
  <body>
    <main>
      <h1>Users</h1>
      <p>${escaped(headline)}</p>
      <ul id="users" aria-live="polite"></ul>
      <form id="add">
        <label>Name <input name="name" required></label>
        <label>Email <input name="email" type="email" required></label>
        <button>Add</button>
      </form>
      <p id="message" role="status"></p>
    </main>
    <script type="module">
      const list = document.querySelector("#users");
      const form = document.querySelector("#add");
      const message = document.querySelector("#message");

      async function showUsers() {
        const response = await fetch("/users");
        if (!response.ok) throw new Error("The users could not be loaded.");
        const { users } = await response.json();
        list.replaceChildren(...users.map((user) => {
          const item = document.createElement("li");
          item.textContent = \`\${user.name} (\${user.email})\`;
          return item;
        }));
      }

      const guarded = (work) => work().catch((error) => { message.textContent = error.message; });

      form.addEventListener("submit", (event) => {
        event.preventDefault();
        guarded(async () => {
          const response = await fetch("/users", {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(Object.fromEntries(new FormData(form))),
          });
          if (!response.ok) throw new Error((await response.json()).message);
          form.reset();
          message.textContent = "Added.";
          await showUsers();
        });
      });
      guarded(showUsers);
    </script>
  </body>
</html>
`;
}
