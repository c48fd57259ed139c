import {render} from "preact";
import {App} from "./app";
import "uplot/dist/uPlot.min.css";
import "./style/base.css";
import "./style/parts.css";
import "./style/views.css";

render(<App />, document.getElementById("page")!);
