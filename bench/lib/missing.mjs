/** Why there is no value of a peer: it is not here, or cannot do that. */
export class Missing extends Error {}
