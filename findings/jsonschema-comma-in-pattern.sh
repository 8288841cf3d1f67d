#!/usr/bin/env bash
# Go github.com/invopop/jsonschema v0.14.0, read by santhosh-tekuri/jsonschema/v6 v6.0.3
#
# Expected: pattern=^[1-9][0-9]{6,14}$ in a struct tag, an E.164 number without
# its plus, is the pattern of the schema, or an error.
# Seen: the tag is cut at the comma of {6,14}. The schema says
# "^[1-9][0-9]{6", the rest is ignored, and since a validator takes the open
# brace for a plain character, it compiles and refuses every number. With two
# backslashes before the comma, which the README doesn't name, it is whole.
# For whom: every length of digits is written so. A description that holds a
# comma is cut likewise. Upstream: invopop/jsonschema#14.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
quiet() { "$@" > log 2>&1 || { cat log; exit 1; }; }

cat > main.go <<'END'
package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/invopop/jsonschema"
	check "github.com/santhosh-tekuri/jsonschema/v6"
)

type plain struct {
	Number string `json:"number" jsonschema:"pattern=^[1-9][0-9]{6,14}$,description=digits, no plus"`
}

type escaped struct {
	Number string `json:"number" jsonschema:"pattern=^[1-9][0-9]{6\\,14}$,description=digits\\, no plus"`
}

func show(name string, in any) {
	r := &jsonschema.Reflector{DoNotReference: true, Anonymous: true}
	text, err := json.Marshal(r.Reflect(in))
	if err != nil {
		panic(err)
	}
	doc, err := check.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		panic(err)
	}
	number := doc.(map[string]any)["properties"].(map[string]any)["number"].(map[string]any)
	c := check.NewCompiler()
	if err := c.AddResource("s.json", doc); err != nil {
		panic(err)
	}
	schema, err := c.Compile("s.json")
	if err != nil {
		panic(err)
	}
	err = schema.Validate(map[string]any{"number": "12025550143"})
	fmt.Printf("%s: pattern %v, description %v, takes 12025550143: %v\n", name, number["pattern"], number["description"], err == nil)
}

func main() {
	show("plain", plain{})
	show("escaped", escaped{})
}
END
quiet go mod init finding
quiet go get github.com/invopop/jsonschema@v0.14.0 github.com/santhosh-tekuri/jsonschema/v6@v6.0.3

got=$(go run . 2> log) || { cat log; exit 1; }
want='plain: pattern ^[1-9][0-9]{6, description digits, takes 12025550143: false
escaped: pattern ^[1-9][0-9]{6,14}$, description digits, no plus, takes 12025550143: true'
printf '%s\n' "$got"
[ "$got" = "$want" ] || { printf 'CHANGED, was:\n%s\n' "$want"; exit 1; }
