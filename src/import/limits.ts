/** What an import reads at most: files of this kind are small, and another one was named by mistake. */
export const importCharsMax = 16 * 1024 * 1024;
export const importLinesMax = 200_000;
