import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Document = { file: string; text: string };

/** A piece of a document that stands for itself: `language` is '' where none is named. */
export type Block = { file: string; line: number; language: string; text: string };

const FOLDERS = ['.', 'docs', 'charts/podwire', '.github'];

/** Every Markdown file of the project. */
export const documents = (): Document[] =>
  FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
    readdirSync(folder, { recursive: folder !== '.', encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .map((file) => join(folder, file))
      .toSorted()
      .map((file) => ({ file, text: readFileSync(file, 'utf8') })),
  );

/** The blocks between fences, and those that are indented by four. */
export function blocksOf({ file, text }: Document): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  let fenced = false;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^\s*```(\w*)/.exec(line);
    const indented = !fenced && /^ {4}\S/.test(line);
    if (fence && !fenced) {
      open = { file, line: index + 1, language: fence[1] ?? '', text: '' };
      blocks.push(open);
      fenced = true;
    } else if (fence) [open, fenced] = [undefined, false];
    else if (fenced && open) open.text += `${line}\n`;
    else if (!indented) open = undefined;
    else if (open) open.text += `${line.slice(4)}\n`;
    else blocks.push((open = { file, line: index + 1, language: '', text: `${line.slice(4)}\n` }));
  }
  return blocks;
}

/** What stands between single backticks outside of the blocks. */
export function spansOf({ file, text }: Document): Block[] {
  const spans: Block[] = [];
  const lines = text.replaceAll(/^\s*```[\s\S]*?^\s*```/gm, (block) => block.replaceAll(/[^\n]/g, '')).split('\n');
  for (const [index, line] of lines.entries())
    for (const [, , span = ''] of line.matchAll(/(`+)(.+?)\1/g))
      spans.push({ file, line: index + 1, language: '', text: span.trim() });
  return spans;
}
