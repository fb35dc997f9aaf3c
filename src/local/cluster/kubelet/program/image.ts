/** What this machine has in place of a container image. */
export type Image = {
  /** Path of the program, and its first arguments; a container's `args` follow. */
  entrypoint: [file: string, ...args: string[]];
  env?: Record<string, string>;
};

/** By repository, without tag and digest: whatever version is asked for is this one. */
export type Images = Record<string, Image>;

/** The image that a container names, where there is one. */
export function imageOf(images: Images, reference: string): Image | undefined {
  const tagged = reference.split('@', 1)[0] as string;
  return images[tagged.replace(/:[\w.-]+$/, '')];
}
