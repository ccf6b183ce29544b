/** Prefix lengths of the blocks that a subnet is cut into, by IP family: 64 addresses a block. */
export const DEFAULT_BLOCK_LENGTH: { readonly 4: 26; readonly 6: 122 } = { 4: 26, 6: 122 };
