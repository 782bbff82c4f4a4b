// The simulator's HTTP API, as any program may use it. It must not know what is on the screen.

async function ask(method, path, body) {
  const isForm = body instanceof FormData; // its type has a boundary, which only the browser knows
  const answer = await fetch(path, {
    method,
    headers: body && !isForm ? { "Content-Type": "application/json" } : {},
    body: body && !isForm ? JSON.stringify(body) : body,
  });
  const told = await answer.json().catch(() => ({}));
  return { status: answer.status, told };
}

/**
 * Let a customer write. Returns what went wrong, or nothing; what became of the message comes with the changes.
 *
 * A message that the webhook did not take is no error here: its bubble says so.
 */
export async function write(chat, { file, ...fields }) {
  const path = `/simulator/customers/${encodeURIComponent(chat.customer)}/messages`;
  try {
    const message = { channel: chat.channel, name: chat.name, ...fields };
    const { status, told } = await ask("POST", path, file ? formOf(message, file) : message);
    return status === 200 || (status === 502 && told.id) ? null : told.error || `the simulator answered ${status}`;
  } catch {
    return "the simulator does not answer";
  }
}

function formOf(message, file) {
  const form = new FormData();
  form.append("message", JSON.stringify(message));
  form.append("file", file);
  return form;
}

export const setFault = (fault) => ask("POST", "/simulator/faults", fault);
export const mend = () => ask("DELETE", "/simulator/faults");
export const afresh = () => ask("DELETE", "/simulator");
