// The simulator's HTTP API, as any program may use it. It must not know what is on the screen.

async function ask(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body && JSON.stringify(body),
  });
  const told = await answer.json().catch(() => ({}));
  return { status: answer.status, told };
}

/**
 * Let a customer write. Returns what went wrong, or nothing; what became of the message comes with the changes.
 *
 * A message that the webhook did not take is no error here: its bubble says so.
 */
export async function write(chat, fields) {
  const path = `/simulator/customers/${encodeURIComponent(chat.customer)}/messages`;
  try {
    const { status, told } = await ask("POST", path, { channel: chat.channel, name: chat.name, ...fields });
    return status === 200 || (status === 502 && told.id) ? null : told.error || `the simulator answered ${status}`;
  } catch {
    return "the simulator does not answer";
  }
}

export const setFault = (fault) => ask("POST", "/simulator/faults", fault);
export const mend = () => ask("DELETE", "/simulator/faults");
export const afresh = () => ask("DELETE", "/simulator");
