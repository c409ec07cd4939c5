declare module "hls.js/light" {
  import Hls from "hls.js";
  // biome-ignore lint/style/noDefaultExport: the package has it so.
  export default Hls;
}
