/** Style sheets are imported for their effect; vite makes a file of them. */
declare module "*.css";
