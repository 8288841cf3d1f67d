package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/tools"
)

func TestArgumentsAreCoerced(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, args, want string }{
		{"defaults", `{"word":"x"}`, `{"word":"x","limit":10}`},
		{"number as text", `{"word":"x","limit":"10"}`, `{"word":"x","limit":10}`},
		{"whole number with point", `{"word":"x","limit":10.0}`, `{"word":"x","limit":10}`},
		{"whole number with exponent", `{"word":"x","limit":1e1}`, `{"word":"x","limit":10}`},
		{"text as number", `{"word":971501234567}`, `{"word":"971501234567","limit":10}`},
		{"long number keeps its digits", `{"word":12345678901234567890123}`, `{"word":"12345678901234567890123","limit":10}`},
		{"truth as text", `{"word":"x","flag":"true"}`, `{"word":"x","limit":10,"flag":true}`},
		{"truth as number", `{"word":"x","flag":0}`, `{"word":"x","limit":10,"flag":false}`},
		{"truth as number with point", `{"word":"x","flag":1.0}`, `{"word":"x","limit":10,"flag":true}`},
		{"truth as number with exponent", `{"word":"x","flag":0e5}`, `{"word":"x","limit":10,"flag":false}`},
		{"amount with exponent", `{"word":"x","fee":1.2e1}`, `{"word":"x","limit":10,"fee":"12.00"}`},
		{"amount with exponent as text", `{"word":"x","fee":"1.25E-1"}`, `{"word":"x","limit":10,"fee":"0.125"}`},
		{"amount with large exponent", `{"word":"x","fee":1e+3}`, `{"word":"x","limit":10,"fee":"1000.00"}`},
		{"truth in words", `{"word":"x","flag":"No"}`, `{"word":"x","limit":10,"flag":false}`},
		{"amount as number", `{"word":"x","fee":4.50}`, `{"word":"x","limit":10,"fee":"4.50"}`},
		{"amount as text", `{"word":"x","fee":"4.5"}`, `{"word":"x","limit":10,"fee":"4.50"}`},
		{"one value for a list", `{"word":"x","numbers":"a"}`, `{"word":"x","limit":10,"numbers":["a"]}`},
		{"number for a list", `{"word":"x","numbers":12}`, `{"word":"x","limit":10,"numbers":["12"]}`},
		{"list with commas", `{"word":"x","numbers":"a, b,c"}`, `{"word":"x","limit":10,"numbers":["a","b","c"]}`},
		{"list with semicolons and lines", `{"word":"x","numbers":"a;b\nc\r\n"}`, `{"word":"x","limit":10,"numbers":["a","b","c"]}`},
		{"list as JSON text", `{"word":"x","numbers":" [\"a, b\", 12, 1.2e1] "}`, `{"word":"x","limit":10,"numbers":["a, b","12","12"]}`},
		{"empty list as JSON text", `{"word":"x","numbers":"[]"}`, `{"word":"x","limit":10}`},
		{"no list in spite of its bracket", `{"word":"x","numbers":"[a,b"}`, `{"word":"x","limit":10,"numbers":["[a","b"]}`},
		{"text as number with point", `{"word":97150.0}`, `{"word":"97150","limit":10}`},
		{"text as number with exponent", `{"word":9.71502E+11}`, `{"word":"971502000000","limit":10}`},
		{"list of numbers with points", `{"word":"x","numbers":[971501234567.0, 9.7150e4]}`, `{"word":"x","limit":10,"numbers":["971501234567","97150"]}`},
		{"number with point for a list", `{"word":"x","numbers":12.0}`, `{"word":"x","limit":10,"numbers":["12"]}`},
		{"list of numbers", `{"word":"x","numbers":[1,"b"]}`, `{"word":"x","limit":10,"numbers":["1","b"]}`},
		{"enum in other dress", `{"word":"x","kind":"Toll-Free"}`, `{"word":"x","kind":"tollfree","limit":10}`},
		{"null is not given", `{"word":"x","limit":null,"flag":null,"numbers":null}`, `{"word":"x","limit":10}`},
		{"empty is not given", `{"word":"x","kind":"","fee":"","limit":"","flag":"","numbers":[]}`, `{"word":"x","limit":10}`},
		{"space around", `{"word":"  x ","kind":" mobile "}`, `{"word":"x","kind":"mobile","limit":10}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			result, err := gate(t, tools.GateConfig{}).Call(t.Context(), call(tt.args))
			if err != nil {
				t.Fatal(err)
			}
			var got struct {
				In json.RawMessage `json:"in"`
			}
			if err := json.Unmarshal(result.Data, &got); err != nil {
				t.Fatal(err)
			}
			if string(got.In) != tt.want {
				t.Errorf("got %s, want %s", got.In, tt.want)
			}
		})
	}
}

func TestBadArgumentsGetAClearAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, args, field, want string }{
		{"missing", `{}`, "word", `word is missing: a needed text`},
		{"unknown, near miss", `{"word":"x","limt":5}`, "limt", `there is no parameter "limt"; did you mean limit? (toy_echo takes word, kind, limit, flag, fee, numbers)`},
		{"unknown, far", `{"word":"x","confirm":true}`, "confirm", `there is no parameter "confirm" (toy_echo takes word, kind, limit, flag, fee, numbers)`},
		{"below the bound", `{"word":"x","limit":0}`, "limit", `limit must be a whole number from 1 to 100, not "0"`},
		{"above the bound", `{"word":"x","limit":1000}`, "limit", `limit must be a whole number from 1 to 100, not "1000"`},
		{"text with point for a number", `{"word":"x","limit":"1.000"}`, "limit", `limit must be a whole number from 1 to 100, not "1.000"`},
		{"text with exponent for a number", `{"word":"x","limit":"1E+1"}`, "limit", `limit must be a whole number from 1 to 100, not "1E+1"`},
		{"fraction for a text", `{"word":97150.5}`, "word", `word takes no number with a fraction, a sign or a large exponent, such as 97150.5`},
		{"negative number for a text", `{"word":-971501234567}`, "word", `such as -971501234567`},
		{"endless exponent for a text", `{"word":1e999999}`, "word", `such as 1e999999`},
		{"fraction in a list", `{"word":"x","numbers":[1,2.5]}`, "numbers", `numbers takes no number with a fraction, a sign or a large exponent, such as 2.5`},
		{"fraction in a list as JSON text", `{"word":"x","numbers":"[2.5]"}`, "numbers", `such as 2.5`},
		{"list of lists as JSON text", `{"word":"x","numbers":"[[1]]"}`, "numbers", `not [[1]]`},
		{"huge exponent", `{"word":"x","limit":1e999999}`, "limit", `limit must be a whole number from 1 to 100, not "1e999999"`},
		{"fraction", `{"word":"x","limit":1.5}`, "limit", `limit must be a whole number from 1 to 100, not "1.5"`},
		{"word for a number", `{"word":"x","limit":"ten"}`, "limit", `limit must be a whole number from 1 to 100, not "ten"`},
		{"object for a number", `{"word":"x","limit":{"a":1}}`, "limit", `limit must be a whole number from 1 to 100, not an object`},
		{"object for a text", `{"word":{"a":{"b":1}}}`, "word", `word must be a text of at most 512 characters, not an object`},
		{"enum, near miss", `{"word":"x","kind":"mobil"}`, "kind", `kind must be one of any, mobile, tollfree, not "mobil"; did you mean mobile?`},
		{"neither true nor false", `{"word":"x","flag":"maybe"}`, "flag", `flag must be true or false, not "maybe"`},
		{"negative fee", `{"word":"x","fee":-1}`, "fee", `fee must be an amount such as 4.50, without sign or currency, not "-1"`},
		{"garbage fee", `{"word":"x","fee":"a lot"}`, "fee", `fee must be an amount such as 4.50, without sign or currency, not "a lot"`},
		{"negative fee with exponent", `{"word":"x","fee":-1e1}`, "fee", `fee must be an amount such as 4.50, without sign or currency, not "-1e1"`},
		{"fee beyond all", `{"word":"x","fee":1e400}`, "fee", `not "1e400"`},
		{"fee that is too fine", `{"word":"x","fee":"1e-10"}`, "fee", `not "1e-10"`},
		{"fee with two points", `{"word":"x","fee":"1.2.3e1"}`, "fee", `not "1.2.3e1"`},
		{"fee with words", `{"word":"x","fee":"1e1 USD"}`, "fee", `not "1e1 USD"`},
		{"truth as another number", `{"word":"x","flag":2.0}`, "flag", `flag must be true or false, not "2.0"`},
		{"truth as a fraction", `{"word":"x","flag":0.5}`, "flag", `flag must be true or false, not "0.5"`},
		{"truth as text with a point", `{"word":"x","flag":"1.0"}`, "flag", `flag must be true or false, not "1.0"`},
		{"a client's own, of a person", `{"word":"x","wait_for_previous":true}`, "wait_for_previous", `there is no parameter "wait_for_previous"`},
		{"fee not a number", `{"word":"x","fee":"NaN"}`, "fee", `fee must be an amount such as 4.50, without sign or currency, not "NaN"`},
		{"list too long", `{"word":"x","numbers":"a,b,c,d"}`, "numbers", `numbers must be a list of texts, 1 to 3 of them, not ["a","b","c","d"]`},
		{"list of lists", `{"word":"x","numbers":[["a"]]}`, "numbers", `numbers must be a list of texts, 1 to 3 of them, not [["a"]]`},
		{"several at once", `{"limit":0,"flag":"x"}`, "flag", `flag must be true or false, not "x"`},
		{"control characters are not repeated", `{"word":"x","kind":"a\u001b[31m\u202eb"}`, "kind", `not "ab"`},
		{"rule of the operation", `{"word":"forbidden","limit":20}`, "word", `that word goes with at most 10 rows`},
		{"not an object", `[1]`, "", `the arguments of toy_echo must be a JSON object`},
		{"a name twice", `{"word":"x","word":"y"}`, "", `are not well-formed JSON in UTF-8 with each name once`},
		{"invalid UTF-8", "{\"word\":\"\xff\"}", "", `are not well-formed JSON in UTF-8 with each name once`},
		{"cut off", `{"word":"x"`, "", `are not well-formed JSON`},
		{"trailing text", `{"word":"x"} {}`, "", `are not well-formed JSON`},
		{"long text", `{"word":"` + strings.Repeat("x", 513) + `"}`, "word", `word must be a text of at most 512 characters`},
		{"much text", `{"word":"` + strings.Repeat("x", 1<<20) + `"}`, "", `the arguments of toy_echo have 1048587 bytes; at most 65536 are read`},
		{"deep nesting", `{"word":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, "", `are not well-formed JSON`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := gate(t, tools.GateConfig{}).Call(t.Context(), call(tt.args))
			f, ok := fault.As(err)
			if !ok || f.Code != fault.Invalid {
				t.Fatalf("got %v, want an error with code invalid", err)
			}
			if !strings.Contains(f.Message, tt.want) {
				t.Errorf("got message %q, want %q in it", f.Message, tt.want)
			}
			if f.Field != tt.field {
				t.Errorf("got field %q, want %q", f.Field, tt.field)
			}
		})
	}
}

// TestHabitsOfClients holds what is taken of a model's client and of nobody
// else: a truth value that means nothing to an operation, and a zero for what
// is not set.
func TestHabitsOfClients(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		`{"word":"x","wait_for_previous":true}`:       `"limit":10`,
		`{"wait_for_previous":false,"word":"x"}`:      `"limit":10`,
		`{"word":"x","limit":0}`:                      `"limit":10`,
		`{"word":"x","limit":"0"}`:                    `"limit":10`,
		`{"word":"x","limit":0.0}`:                    `"limit":10`,
		`{"word":"x","wait_for_previous":"do it"}`:    "",
		`{"word":"x","wait_for_previous":{"a":1}}`:    "",
		`{"word":"x","wait_for_previouss":true}`:      "",
		`{"word":"x","Wait_For_Previous":true}`:       "",
		`{"word":"x","limit":-1}`:                     "",
		`{"word":"x","numbers":[],"limit":0,"x":1}`:   "",
		`{"word":"x","wait_for_previous":true,"y":1}`: "",
	} {
		c := call(args)
		c.Frontend = identity.FrontMCP
		result, err := gate(t, tools.GateConfig{}).Call(t.Context(), c)
		if want == "" {
			if fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%s: got %s, %v, want it refused", args, result.Data, err)
			}
			continue
		}
		if err != nil || !strings.Contains(string(result.Data), want) || strings.Contains(string(result.Data), "previous") {
			t.Errorf("%s: got %s, %v, want %s", args, result.Data, err, want)
		}
	}
}

// TestNumbersKeepTheirValue: however JSON spells a whole number, a text and a
// list have its digits, and one that is not whole has none.
func TestNumbersKeepTheirValue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		want := rapid.StringMatching(`[1-9][0-9]{0,14}`).Draw(rt, "digits")
		zeros := strings.Repeat("0", rapid.IntRange(0, 3).Draw(rt, "zeros"))
		spelt := want
		switch at := rapid.IntRange(0, len(want)).Draw(rt, "point"); {
		case at == len(want) && zeros != "":
			spelt += "." + zeros
		case at > 0 && at < len(want):
			spelt = fmt.Sprintf("%s.%s%se%+03d", want[:at], want[at:], zeros, len(want)-at)
		}
		fraction := rapid.Bool().Draw(rt, "fraction") && !strings.ContainsAny(spelt, "e")
		if fraction {
			spelt, _, _ = strings.Cut(spelt, ".")
			spelt += "." + zeros + "5"
		}
		result, err := gate(t, tools.GateConfig{}).Call(t.Context(), call(`{"word":`+spelt+`,"numbers":[`+spelt+`]}`))
		if fraction {
			if fault.CodeOf(err) != fault.Invalid {
				rt.Fatalf("%s: got %s, %v, want an error with code invalid", spelt, result.Data, err)
			}
			return
		}
		if err != nil || !strings.Contains(string(result.Data), `"word":"`+want+`"`) || !strings.Contains(string(result.Data), `"numbers":["`+want+`"]`) {
			rt.Fatalf("%s: got %s, %v, want %s", spelt, result.Data, err, want)
		}
	})
}

// TestErrorsSpellAParameterAsItIsWritten holds that an error calls a parameter
// what whoever calls does, and names it in its field all the same.
func TestErrorsSpellAParameterAsItIsWritten(t *testing.T) {
	t.Parallel()
	c := call(`{"limit":"x","fee":-1}`)
	c.Spelt = func(p tools.Param) string { return "--" + p.Name }
	_, err := gate(t, tools.GateConfig{}).Call(t.Context(), c)
	f, ok := fault.As(err)
	if !ok || f.Field != "limit" || !strings.HasPrefix(f.Message, "--limit must be") || !strings.Contains(f.Message, "; --fee must be") || !strings.Contains(f.Message, "; --word is missing") {
		t.Errorf("got %+v, want the parameters with dashes", f)
	}
}

// FuzzArguments holds that whatever is sent, the answer is a result or an
// error with code invalid, and that what is accepted is accepted unchanged
// when it is sent again.
func FuzzArguments(f *testing.F) {
	for _, seed := range []string{
		`{"word":"x"}`, `{"word":1,"limit":"7","flag":"yes"}`, `{"word":"x","numbers":"a,b"}`,
		`{"word":null}`, `{"\u0077ord":"\u202ex\ud83d\udc4d"}`, `{"word":"x","fee":4.5}`, `[]`, `{"word":"x","limit":1e2}`, "{\"word\":\"\xc3\x28\"}",
	} {
		f.Add([]byte(seed))
	}
	echo := echo()
	echo.Name.Verb = "plain"
	echo.Run = func(_ context.Context, in echoIn) (echoOut, error) { return echoOut{In: in, Rows: []echoRow{}}, nil }
	g := gate(f, tools.GateConfig{}, echo)
	plain := func(args []byte) tools.Call {
		c := call(string(args))
		c.Tool = "toy_plain"
		return c
	}
	f.Fuzz(func(t *testing.T, args []byte) {
		first, err := g.Call(t.Context(), plain(args))
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid {
				t.Fatalf("got %v, want a result or an error with code invalid", err)
			}
			return
		}
		var in struct {
			In json.RawMessage `json:"in"`
		}
		if err := json.Unmarshal(first.Data, &in); err != nil {
			t.Fatal(err)
		}
		second, err := g.Call(t.Context(), plain(in.In))
		if err != nil {
			t.Fatalf("accepted %s but not %s: %v", args, in.In, err)
		}
		if string(first.Data) != string(second.Data) {
			t.Errorf("got %s, want %s", second.Data, first.Data)
		}
	})
}
