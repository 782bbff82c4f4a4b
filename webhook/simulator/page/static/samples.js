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
