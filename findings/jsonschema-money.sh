#!/usr/bin/env bash
# Go github.com/invopop/jsonschema v0.14.0 with github.com/shopspring/decimal v1.6.0
# and encoding/json's Number, read by santhosh-tekuri/jsonschema/v6 v6.0.3
#
# Expected: the schema of a type takes what the type writes.
# Seen: a decimal.Decimal writes the string "1.25", but its schema is an object
# that may have no property, so no price fits but {}. json.Number writes the
# number 1.25, and its schema is a string.
# For whom: everybody who has fees in a struct; the tools of an assistant refuse
# their own answers. A Mapper with a string and a pattern mends the first.
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
	"github.com/shopspring/decimal"
)

func show(name string, in any) {
	r := &jsonschema.Reflector{DoNotReference: true, Anonymous: true}
	text, err := json.Marshal(r.Reflect(in))
	if err != nil {
		panic(err)
	}
	value, err := json.Marshal(in)
	if err != nil {
		panic(err)
	}
	doc, err := check.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		panic(err)
	}
	fee, err := json.Marshal(doc.(map[string]any)["properties"].(map[string]any)["fee"])
	if err != nil {
		panic(err)
	}
	c := check.NewCompiler()
	if err := c.AddResource("s.json", doc); err != nil {
		panic(err)
	}
	schema, err := c.Compile("s.json")
	if err != nil {
		panic(err)
	}
	instance, err := check.UnmarshalJSON(bytes.NewReader(value))
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s: writes %s, schema %s, takes it: %v\n", name, value, fee, schema.Validate(instance) == nil)
}

func main() {
	show("decimal.Decimal", struct {
		Fee decimal.Decimal `json:"fee"`
	}{decimal.RequireFromString("1.25")})
	show("json.Number", struct {
		Fee json.Number `json:"fee"`
	}{"1.25"})
}
END
quiet go mod init finding
quiet go get github.com/invopop/jsonschema@v0.14.0 github.com/santhosh-tekuri/jsonschema/v6@v6.0.3 github.com/shopspring/decimal@v1.6.0

got=$(go run . 2> log) || { cat log; exit 1; }
want='decimal.Decimal: writes {"fee":"1.25"}, schema {"additionalProperties":false,"properties":{},"type":"object"}, takes it: false
json.Number: writes {"fee":1.25}, schema {"type":"string"}, takes it: false'
printf '%s\n' "$got"
[ "$got" = "$want" ] || { printf 'CHANGED, was:\n%s\n' "$want"; exit 1; }
