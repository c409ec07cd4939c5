import { render } from "preact";
import { App } from "./app.tsx";
import { followAddress } from "./state/route.ts";
import { enter } from "./state/session.ts";
import { startTheme } from "./state/theme.ts";

startTheme();
followAddress();
render(<App />, document.getElementById("console")!);
void enter();
