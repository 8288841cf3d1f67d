package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// era is a generation of the protocol.
type era string

const (
	handshake era = "handshake" // up to 2025-11-25: initialize, then calls in a session
	stateless era = "stateless" // 2026-07-28: every call stands for itself
)

const (
	handshakeVersion = "2025-11-25"
	statelessVersion = "2026-07-28"
)

// meta is what a client of the newer era says of itself in every message.
const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"` + statelessVersion + `",` +
	`"io.modelcontextprotocol/clientInfo":{"name":"load","version":"1.0.0"},"io.modelcontextprotocol/clientCapabilities":{}},`

const (
	initialize = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"` + handshakeVersion +
		`","capabilities":{},"clientInfo":{"name":"load","version":"1.0.0"}}}`
	initialized = `{"jsonrpc":"2.0","method":"notifications/initialized"}`
)

// path is where the era is served.
func (e era) path(k kind) string {
	if k == sdk && e == stateless {
		return "/stateless" // the SDK serves it only by a handler that serves nothing else well
	}
	return "/mcp"
}

// appendCall appends a call of did_search.
func (e era) appendCall(b []byte, id int, args string) []byte {
	b = append(b, `{"jsonrpc":"2.0","id":`...)
	b = strconv.AppendInt(b, int64(id), 10)
	b = append(b, `,"method":"tools/call","params":{`...)
	if e == stateless {
		b = append(b, meta...)
	}
	b = append(b, `"name":"did_search","arguments":`...)
	b = append(b, args...)
	return append(b, "}}"...)
}

// answer is what a server must say to a search, but for the id of the call, the
// handle of the next page, which is each caller's own, and the times, since each
// replica has read when it did.
type answer struct {
	before, behind []byte
	own            []span // of behind, in order
}

// span is a part of an answer that is another in each.
type span struct {
	from, to int
	handle   bool // the same wherever it stands in one answer
}

// times are those of readings, as people and programs read them.
var times = regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d`)

// newAnswer keeps a body that answers the call id.
func newAnswer(body []byte, id int) (answer, error) {
	before, behind, ok := bytes.Cut(body, strconv.AppendInt([]byte(`"id":`), int64(id), 10))
	if !ok || string(before) != `{"jsonrpc":"2.0",` {
		return answer{}, fmt.Errorf("an unexpected answer: %.300q", body)
	}
	a := answer{before: append(bytes.Clone(before), `"id":`...), behind: bytes.Clone(behind)}
	if _, rest, ok := bytes.Cut(behind, []byte(`"next_cursor":"`)); ok {
		handle, _, _ := bytes.Cut(rest, []byte(`"`))
		for at := 0; len(handle) > 0; at += len(handle) {
			next := bytes.Index(behind[at:], handle)
			if next < 0 {
				break
			}
			at += next
			a.own = append(a.own, span{at, at + len(handle), true})
		}
	}
	for _, at := range times.FindAllIndex(behind, -1) {
		a.own = append(a.own, span{at[0], at[1], false})
	}
	slices.SortFunc(a.own, func(x, y span) int { return x.from - y.from })
	return a, nil
}

// is reports whether body is this answer to the call id.
func (a answer) is(body []byte, id int) bool {
	var room [20]byte
	rest, ok := bytes.CutPrefix(body, a.before)
	if !ok {
		return false
	}
	rest, ok = bytes.CutPrefix(rest, strconv.AppendInt(room[:0], int64(id), 10))
	if !ok || len(rest) != len(a.behind) {
		return false
	}
	from := 0
	var handle []byte
	for _, s := range a.own {
		if !bytes.Equal(rest[from:s.from], a.behind[from:s.from]) {
			return false
		}
		if own := rest[s.from:s.to]; s.handle && handle == nil {
			handle = own
		} else if s.handle && !bytes.Equal(own, handle) {
			return false
		}
		from = s.to
	}
	return bytes.Equal(rest[from:], a.behind[from:])
}

// content is what a model or program reads of an answer.
type content struct {
	Result struct {
		Content []struct {
			Type string `json:"type"`
			Text string `json:"text"`
		} `json:"content"`
		Structured struct {
			Rows     []json.RawMessage `json:"rows"`
			Complete bool              `json:"complete"`
			Next     string            `json:"next_cursor"`
		} `json:"structuredContent"`
		IsError bool `json:"isError"`
	} `json:"result"`
}

// contentOf returns what an answer says: its text and its structured content
// in one form for all servers. An answer that finds nothing or not all is an
// error.
func contentOf(body []byte) (string, error) {
	var c content
	var raw struct {
		Result struct {
			Structured any `json:"structuredContent"`
		} `json:"result"`
	}
	if err := json.Unmarshal(body, &c); err != nil {
		return "", err
	}
	if err := json.Unmarshal(body, &raw); err != nil {
		return "", err
	}
	if c.Result.IsError || !c.Result.Structured.Complete || len(c.Result.Structured.Rows) == 0 || len(c.Result.Content) != 1 {
		return "", fmt.Errorf("no answer to a search: %.300q", body)
	}
	structured, err := json.Marshal(raw.Result.Structured)
	text := c.Result.Content[0].Text + "\n" + string(structured)
	if next := c.Result.Structured.Next; next != "" {
		text = strings.ReplaceAll(text, next, "(the next page)") // each caller has a handle of their own
	}
	return times.ReplaceAllString(text, "(a time)"), err
}
