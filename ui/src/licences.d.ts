// A module that the build makes (vite.config.ts): the packages of others that Wilco ships.
declare module "virtual:licences" {
  const parts: { name: string; version: string; licence: string }[];
  export default parts;
}
