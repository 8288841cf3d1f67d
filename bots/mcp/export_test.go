package mcp

// Hints lets a test see the hints of risks that no operation of the fixture has.
var Hints = hintsOf //nolint:gochecknoglobals // for tests only

// SessionPrefix begins every session id; logs must not show one.
const SessionPrefix = sessionPrefix

// FormOf lets a test see the dialogs of questions that no operation of the
// fixture asks.
var FormOf = formOf //nolint:gochecknoglobals // for tests only
