/** The house rules that no other tool knows. */
export {};
