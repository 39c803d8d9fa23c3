// All tests of the reader: node --test reader_test.mjs

import "./encryption_test.mjs";
import "./external_test.mjs";
import "./identity_test.mjs";
import "./made_test.mjs";
import "./manifest_test.mjs";
import "./open_test.mjs";
