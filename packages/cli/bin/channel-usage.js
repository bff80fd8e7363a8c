#!/usr/bin/env node
import '../dist/channel-usage.js';
