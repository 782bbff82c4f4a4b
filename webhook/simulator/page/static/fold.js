// Turns the messages of a chat into what a phone shows: reactions, edits and deletions change the message they are about.

const GESTURES = new Set(["reaction", "edit", "revoke"]);

/** What a person would read of a message. */
export function wordsOf({ message }) {
  const { kind, button, row, location, details } = message;
  if (button || row) return (button || row).title;
  if (message.text) return message.text;
  const name = details?.name?.formatted_name;
  const words = {
    audio: "Audio", contacts: `Contact: ${name}`, document: message.filename || "Document", form: "Form", image: "Photo",
    location: location?.name || "Location", order: "Order", sticker: "Sticker", video: "Video", voice: "Voice message",
  };
  return words[kind || message.type] || kind || message.type;
}

/** Return the messages to show, oldest first, each with `reactions`, `chosen`, `edited`, `deleted` and `quoted`. */
export function fold(bubbles) {
  const shown = new Map();
  for (const bubble of bubbles) {
    const { kind, replyTo, text, button, row } = bubble.message;
    const target = shown.get(replyTo);
    if (bubble.mine && GESTURES.has(kind) && target) {
      if (kind === "reaction") target.reactions = text ? [text] : [];
      if (kind === "edit") Object.assign(target, { edited: true, message: { ...target.message, text } });
      if (kind === "revoke") target.deleted = true;
      continue;
    }
    const tapped = (button || row)?.id;
    if (target && tapped) target.chosen = [...target.chosen, tapped];
    const quoted = target && { mine: target.mine, words: wordsOf(target) };
    shown.set(bubble.id, { ...bubble, reactions: [], chosen: [], edited: false, deleted: false, quoted });
  }
  return [...shown.values()];
}
