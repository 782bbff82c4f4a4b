// What the attachment menu sends, and the quick phrases. Made up.

/** Kind -> the words in the menu, and the fields of the message. A text that is being written becomes the caption. */
export const ATTACHMENTS = {
  image: ["Photo", (text) => ({ text })],
  video: ["Video", (text) => ({ text })],
  voice: ["Voice", () => ({})],
  location: ["Location", () => ({ location: { latitude: 30.0444, longitude: 31.2357, name: "Tahrir Square", address: "Downtown, Cairo" } })],
  contacts: [
    "Contact",
    () => ({
      details: {
        name: { formatted_name: "Omar Hassan", first_name: "Omar" },
        phones: [{ phone: "+20 100 555 0101", type: "CELL", wa_id: "201005550101" }],
      },
    }),
  ],
  document: ["Document", (text) => ({ text, filename: "floor plan.pdf" })],
  audio: ["Audio", () => ({})],
  sticker: ["Sticker", () => ({})],
};

/** What the customer fills into any form. */
export const ANSWERS = { flow_token: "unused", preferred_day: "Thursday", preferred_time: "17:00", notes: "Near a school, please" };

/** The kind of message that carries a file; a type that WhatsApp shows nowhere else is a document. */
export function kindOf({ type }) {
  if (["image/jpeg", "image/png"].includes(type)) return "image";
  if (type === "image/webp") return "sticker";
  const [family] = type.split("/");
  return ["audio", "video"].includes(family) ? family : "document";
}

/** Channel -> what one tap sends. */
export const PHRASES = {
  meta: [
    "hi",
    "3-bedroom apartment in New Cairo under 4 million",
    "عايز شقة ٣ غرف في التجمع الخامس ميزانيتي ٣ مليون جنيه",
    "3ayez sha2a fel maadi",
    "more",
    "I want to talk to an agent",
    "عايز اكلم موظف",
  ],
  twilio: ["hi", "Find doctors in Bangalore", "Show me their contact info", "1", "more", "I want to talk to an agent", "STOP", "START"],
};
