// Starts the page: one component on one element.
import { mount } from "svelte";
import App from "./App.svelte";
import "./look.css";
import "./sheet.css";

const target = document.getElementById("app");
if (target) mount(App, { target });
