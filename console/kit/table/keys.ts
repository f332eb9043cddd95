// Where keys lead in a list of rows: the row that is next, a page away or at an end, and the one that begins with what is typed.
interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** The row that a key leads to; null for other keys. `page` is how many rows a page has. */
export function moveOf({ key }: Pressed, from: number, count: number, page: number): number | null {
  const clamp = (to: number): number => Math.min(Math.max(to, 0), count - 1);
  switch (key) {
    case 'ArrowDown': return clamp(from + 1);
    case 'ArrowUp': return clamp(from - 1);
    case 'PageDown': return clamp(from + page);
    case 'PageUp': return clamp(from - page);
    case 'Home': return 0;
    case 'End': return count - 1;
    default: return null;
  }
}

/** Letters that follow each other within this time are one word. */
const WORD_MS = 800;
const typed = { word: '', at: 0 };

/** The next row that begins with what is typed, from this one on and around; null where none does or the key is no letter. */
export function typeAhead({ key, ctrlKey, metaKey, altKey }: Pressed, from: number, count: number, textOf: (index: number) => string, now = Date.now()): number | null {
  if (key.length !== 1 || key === ' ' || ctrlKey || metaKey || altKey) return null;
  typed.word = now - typed.at > WORD_MS ? key : typed.word + key;
  typed.at = now;
  const word = typed.word.toLowerCase();
  for (let step = word.length === 1 ? 1 : 0; step <= count; step += 1) {
    const index = (from + step) % count;
    if (textOf(index).toLowerCase().startsWith(word)) return index;
  }
  return null;
}
