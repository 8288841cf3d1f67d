package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"os"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// The commands below look into JSON. A path names a place: error.code,
// numbers[0].number, numbers[].number for every one of them, and . for all.

// scriptKeys checks that the objects at a path have exactly these keys; one
// with a question mark may be missing:
//
//	keys stdout error code message hint?
func scriptKeys(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: keys file path key...")
	}
	for _, v := range values(ts, args[0], args[1]) {
		object, ok := v.(map[string]any)
		if !ok {
			ts.Fatalf("got %v at %s, want an object", v, args[1])
		}
		for _, key := range args[2:] {
			name, optional := strings.CutSuffix(key, "?")
			if _, has := object[name]; !has && !optional {
				ts.Fatalf("got no %s in %v", name, object)
			}
			delete(object, name)
		}
		for name := range object {
			ts.Fatalf("got the key %s at %s, want none of that name", name, args[1])
		}
	}
}

// scriptIs checks that every value at a path is the one given, which is JSON,
// or a text where it is no JSON; with ! that none is:
//
//	is stdout numbers[].country AE
func scriptIs(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: [!] is file path value")
	}
	want, list := parse(args[2]), values(ts, args[0], args[1])
	if len(list) == 0 && !neg {
		ts.Fatalf("got nothing at %s, want %v", args[1], want)
	}
	for _, got := range list {
		if cmp.Equal(got, want) == neg {
			ts.Fatalf("got %v at %s, want %v (reversed: %v)", got, args[1], want, neg)
		}
	}
}

// scriptSorted checks that the amounts at a path do not fall:
//
//	sorted stdout numbers[].monthly_fee
func scriptSorted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sorted file path")
	}
	list := values(ts, args[0], args[1])
	var last *big.Rat
	for _, v := range list {
		amount, ok := new(big.Rat).SetString(fmt.Sprint(v))
		if !ok {
			ts.Fatalf("got %v at %s, want an amount", v, args[1])
		}
		if last != nil && amount.Cmp(last) < 0 {
			ts.Fatalf("got %v behind %s, want no less", v, last.FloatString(4))
		}
		last = amount
	}
	if len(list) < 2 {
		ts.Fatalf("got %d values at %s, want several", len(list), args[1])
	}
}

// scriptTake sets an environment variable to the value at a path; with +NAME
// it adds all of them, a line each, to the file of that name:
//
//	take CURSOR stdout next_cursor
//	take +seen.txt stdout numbers[].number
func scriptTake(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: take NAME file path")
	}
	list := values(ts, args[1], args[2])
	file, adds := strings.CutPrefix(args[0], "+")
	if !adds {
		if len(list) != 1 {
			ts.Fatalf("got %d values at %s, want one", len(list), args[2])
		}
		ts.Setenv(args[0], fmt.Sprint(list[0]))
		return
	}
	var lines strings.Builder
	for _, v := range list {
		fmt.Fprintln(&lines, v)
	}
	f, err := os.OpenFile(ts.MkAbs(file), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	ts.Check(err)
	_, err = f.WriteString(lines.String())
	ts.Check(err)
	ts.Check(f.Close())
}

// values returns what is at a path of a file with one JSON document.
func values(ts *testscript.TestScript, file, path string) []any {
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile(file)))
	dec.UseNumber()
	var document any
	if err := dec.Decode(&document); err != nil {
		ts.Fatalf("%s is not JSON: %v", file, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		ts.Fatalf("%s holds more than one document", file)
	}
	list := []any{document}
	for _, step := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' }) {
		name, indexes, indexed := strings.Cut(strings.TrimSuffix(step, "]"), "[")
		list = member(ts, list, name)
		if !indexed {
			continue
		}
		for index := range strings.SplitSeq(indexes, "][") {
			list = elements(ts, list, index)
		}
	}
	return list
}

func member(ts *testscript.TestScript, list []any, name string) []any {
	var out []any
	for _, v := range list {
		object, _ := v.(map[string]any)
		got, ok := object[name]
		if !ok {
			ts.Fatalf("got no %s in %v", name, v)
		}
		out = append(out, got)
	}
	return out
}

func elements(ts *testscript.TestScript, list []any, index string) []any {
	var out []any
	for _, v := range list {
		array, ok := v.([]any)
		if !ok {
			ts.Fatalf("got %v, want a list", v)
		}
		if index == "" {
			out = append(out, array...)
			continue
		}
		i, err := strconv.Atoi(index)
		if err != nil || i >= len(array) {
			ts.Fatalf("got %d elements, want one at %s", len(array), index)
		}
		out = append(out, array[i])
	}
	return out
}

// parse reads JSON, and anything else as a text.
func parse(s string) any {
	dec := json.NewDecoder(bytes.NewReader([]byte(s)))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil || dec.More() {
		return s
	}
	return v
}
