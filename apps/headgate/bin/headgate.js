#!/usr/bin/env node
// npm links a command when it installs, which is before the first build: this file is there already then.
import "../dist/main.js";
