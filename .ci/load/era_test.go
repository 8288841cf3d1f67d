package main

import (
	"strings"
	"testing"
)

const body = `{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"one"}],"structuredContent":{"rows":[[]],"complete":true}}}`

func TestAnswer(t *testing.T) {
	t.Parallel()
	a, err := newAnswer([]byte(body), 7)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		body string
		id   int
		want bool
	}{
		{"the same", body, 7, true},
		{"the same to another call", strings.Replace(body, `"id":7`, `"id":71`, 1), 71, true},
		{"to a call that was not made", body, 71, false},
		{"another text", strings.Replace(body, "one", "two", 1), 7, false},
		{"less", body[:len(body)-1], 7, false},
		{"more", body + "\n", 7, false},
		{"nothing", "", 7, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := a.is([]byte(tt.body), tt.id); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	for name, bad := range map[string]string{"another id": strings.Replace(body, "7", "8", 1), "an event": "data: " + body} {
		if _, err := newAnswer([]byte(bad), 7); err == nil {
			t.Errorf("%s: got an answer, want an error", name)
		}
	}
}

// TestAnswerOfAnotherCaller holds that callers differ by their handles alone.
func TestAnswerOfAnotherCaller(t *testing.T) {
	t.Parallel()
	const paged = `{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"more: 123456789012"}],"structuredContent":{"rows":[[]],"next_cursor":"123456789012","complete":true}}}`
	a, err := newAnswer([]byte(paged), 7)
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]bool{
		paged: true,
		strings.ReplaceAll(paged, "123456789012", "999999999999"):        true,
		strings.Replace(paged, "123456789012", "999999999999", 1):        false,
		strings.ReplaceAll(paged, "123456789012", "99999999999"):         false,
		strings.Replace(paged, "true", "null", 1):                        false,
		strings.Replace(paged, `"rows":[[]]`, `"rows":[{}]`, 1):          false,
		strings.Replace(paged, "more: 123456789012", "more or less!", 1): false,
	} {
		if got := a.is([]byte(body), 7); got != want {
			t.Errorf("%s: got %v, want %v", body, got, want)
		}
	}
}

// TestAnswerOfAnotherReplica holds that replicas differ by when they have read.
func TestAnswerOfAnotherReplica(t *testing.T) {
	t.Parallel()
	timed := strings.Replace(body, "one", "As of 2026-11-30 01:40:59 UTC. one", 1)
	timed = strings.Replace(timed, `"rows"`, `"as_of":"2026-11-30T01:40:59Z","rows"`, 1)
	a, err := newAnswer([]byte(timed), 7)
	if err != nil {
		t.Fatal(err)
	}
	later := strings.ReplaceAll(timed, "01:40:59", "23:59:00")
	for body, want := range map[string]bool{timed: true, later: true, strings.Replace(later, "one", "two", 1): false} {
		if got := a.is([]byte(body), 7); got != want {
			t.Errorf("%s: got %v, want %v", body, got, want)
		}
	}
}

func TestContent(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body, want string }{
		{"found", body, "one\n" + `{"complete":true,"rows":[[]]}`},
		{"in another order", strings.Replace(body, `"rows":[[]],"complete":true`, `"complete":true,"rows":[[]]`, 1), "one\n" + `{"complete":true,"rows":[[]]}`},
		{"nothing found", strings.Replace(body, "[[]]", "[]", 1), ""},
		{"not complete", strings.Replace(body, `"complete":true`, `"complete":false`, 1), ""},
		{"an error", strings.Replace(body, `"content"`, `"isError":true,"content"`, 1), ""},
		{"refused", `{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"no"}}`, ""},
		{"no JSON", "no", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := contentOf([]byte(tt.body))
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}
