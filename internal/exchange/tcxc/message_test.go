package tcxc_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
)

const testText = "Hello,\nwhich documents do you need for +971501234567?"

func testMessage() exchange.Message {
	return exchange.Message{Vendor: "9", Subject: "Documents", Text: testText}
}

// TestSendMessage holds that a message arrives as it was written, once, with
// both ways to authenticate, and that own numbers say whose they are.
func TestSendMessage(t *testing.T) {
	t.Parallel()
	for _, auth := range []tcxc.Auth{tcxc.Signature, tcxc.Digest} {
		_, s, cl, digits := ownNumbers(t, 1, sandbox.Options{Digest: true}, func(o *tcxc.Options) { o.Auth = auth })
		rows, _, err := cl.Reader().FindOwned(t.Context(), digits[0])
		if err != nil || len(rows) != 1 || rows[0].VendorID == "" {
			t.Fatalf("got %+v, %v", rows, err)
		}
		m := testMessage()
		m.Vendor = rows[0].VendorID
		id, err := cl.Writer().SendMessage(t.Context(), m)
		kept, kerr := s.SentMessages(t.Context())
		if err != nil || kerr != nil || id != "1" || len(kept) != 1 || kept[0].Text != testText || kept[0].Subject != "Documents" {
			t.Errorf("%s: got %q, %v and %+v, %v", auth, id, err, kept, kerr)
		}
	}
}

// TestAnswersToAMessage is what answers prove. Nothing but the number of the
// message proves that it was sent.
func TestAnswersToAMessage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, answer string
		status       int
		id           string
		code         fault.Code
		nothing      bool
		hint         string
	}{
		{name: "text", answer: `{"status":"success","i_message":"4711"}`, id: "4711"},
		{name: "number", answer: `{"i_message":4711,"status":"success","message":"sent"}`, id: "4711"},
		{name: "with controls", answer: `{"status":"success","i_message":"47\u001b[31m11"}`, id: "4711"},
		{name: "without", answer: `{"status":"success"}`, code: fault.UnknownOutcome, hint: "portal"},
		{name: "null", answer: `{"status":"success","i_message":null}`, code: fault.UnknownOutcome},
		{name: "a list", answer: `{"status":"success","i_message":[1]}`, code: fault.UnknownOutcome},
		{name: "a number and no status", answer: `{"i_message":"4711"}`, code: fault.UnknownOutcome},
		{name: "success with HTTP 500", status: 500, answer: `{"status":"success","i_message":"4711"}`, code: fault.UnknownOutcome},
		{name: "page", answer: `<html>`, code: fault.UnknownOutcome},
		{name: "refused", answer: `{"status":"error","message":"No such vendor"}`, code: fault.Refused},
		{name: "wrong signature", answer: `{"status":"fail","error":"Wrong signature"}`, code: fault.Unauthorized, hint: "digest"},
		{name: "too many", status: 429, answer: `{}`, code: fault.RateLimited, nothing: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			requests := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				requests++
				w.WriteHeader(either(tt.status, 200))
				_, _ = io.WriteString(w, tt.answer)
			}))
			defer s.Close()
			c, err := tcxc.New(tcxc.Options{URL: s.URL, Login: testLogin, Key: testKey})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			id, err := c.Writer().SendMessage(t.Context(), testMessage())
			f, _ := fault.As(err)
			if id != tt.id || (err != nil) != (tt.code != "") || err != nil && (f.Code != tt.code || !strings.Contains(f.Hint, tt.hint)) ||
				errors.Is(err, fault.ErrNothingDone) != tt.nothing || requests != 1 {
				t.Errorf("got %q, %+v after %d requests", id, err, requests)
			}
		})
	}
}

func either(v, otherwise int) int {
	if v == 0 {
		return otherwise
	}
	return v
}

// TestMessagesThatCantBeSent holds that nothing leaves that can't be right.
func TestMessagesThatCantBeSent(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{})
	w := client(t, s).Writer()
	for name, m := range map[string]exchange.Message{
		"no seller":      {Subject: "a", Text: "b"},
		"seller 0":       {Vendor: "0", Subject: "a", Text: "b"},
		"a name":         {Vendor: "Acme", Subject: "a", Text: "b"},
		"no subject":     {Vendor: "9", Subject: " ", Text: "b"},
		"two lines":      {Vendor: "9", Subject: "a\r\nBcc: x", Text: "b"},
		"no text":        {Vendor: "9", Subject: "a"},
		"very long text": {Vendor: "9", Subject: "a", Text: strings.Repeat("b", 9000)},
	} {
		if id, err := w.SendMessage(t.Context(), m); id != "" || fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: got %q, %v", name, id, err)
		}
	}
	if got := sent(s, sandbox.Message); len(got) > 0 {
		t.Errorf("got %v, want no request", got)
	}
}
