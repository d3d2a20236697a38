// Starts the overlay's page. `?opaque` says that nobody draws windows through here.
import { mount } from "svelte";
import Overlay from "./Overlay.svelte";
import "../look.css";

document.documentElement.dataset.opaque = String(location.search === "?opaque");
const target = document.getElementById("app");
if (target) mount(Overlay, { target });
