export { type DemoModel, type DemoModelOptions, startDemoModel } from "./start-demo-model.ts";
