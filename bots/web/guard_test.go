package web_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"didops/bots/web"
)

// TestHeaders are on every answer, whatever it is.
func TestHeaders(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.signedIn(t, "Alice")
	id := d.place(t, "line_buy", buying)
	for _, got := range []answer{b.get("/approvals"), b.get("/orders/" + id), b.get("/nothing"), b.get(""), b.script("/signin/passkey/begin"), d.browser(t).get("/signin")} {
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
			"Cache-Control":           "no-store", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if is := got.head.Get(name); is != want {
				t.Errorf("%d: got %s: %s, want %s", got.status, name, is, want)
			}
		}
	}
}

// TestForgedRequests are of other pages, and change nothing.
func TestForgedRequests(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.signedIn(t, "Alice")
	id := d.place(t, "line_buy", buying)
	for name, headers := range map[string][]string{
		"another site":            {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
		"a sibling":               {"Sec-Fetch-Site", "same-site", "Origin", "https://blog.example.net"},
		"an old browser":          {"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
		"another port":            {"Sec-Fetch-Site", "same-site", "Origin", "https://didops.example.net:8443"},
		"without TLS":             {"Sec-Fetch-Site", "", "Origin", "http://didops.example.net"},
		"a sandboxed frame":       {"Sec-Fetch-Site", "cross-site", "Origin", "null"},
		"a host that was rebound": {"Sec-Fetch-Site", "same-origin", "Origin", "https://evil.example"},
	} {
		for _, path := range []string{
			"/orders/" + id + "/decide", "/orders/" + id + "/ask", "/orders/" + id + "/comment", "/orders/" + id + "/edit", "/orders/" + id + "/reassign", "/signout", "/passkeys/remove", "/passkeys/sessions", "/orders/" + id + "/challenge", "/signin/passkey",
		} {
			r := b.form(path, "decision", "reject", "text", "why?", "remove", "+97150000001", "to", "Bob")
			r.Header.Del("Sec-Fetch-Site")
			for i := 0; i < len(headers); i += 2 {
				if headers[i+1] != "" {
					r.Header.Set(headers[i], headers[i+1])
				}
			}
			if got := b.do(r); got.status != http.StatusForbidden {
				t.Errorf("%s to %s: got %d", name, path, got.status)
			}
		}
	}
	if len(d.decided()) > 0 || d.sessions.count() != 1 {
		t.Errorf("got %v and %d sessions", d.decided(), d.sessions.count())
	}
	if list := d.All(); len(list) != 1 || len(list[0].Talk) > 0 || list[0].AskedOf != "" {
		t.Errorf("got %+v, want nothing said of it, and it handed to nobody", list)
	}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete} {
		r := httptest.NewRequestWithContext(t.Context(), method, address+"/orders/"+id+"/decide?decision=reject", nil)
		if got := b.do(r); got.status < 400 || len(d.decided()) > 0 {
			t.Errorf("%s: got %d", method, got.status)
		}
	}
	if got := b.post("/orders/"+id+"/decide?decision=approve", "decision", "", "reason", "x"); got.status != http.StatusUnprocessableEntity {
		t.Errorf("got %d of a decision in the address", got.status)
	}
}

// TestCookies that were planted or guessed are of no use.
func TestCookies(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.signedIn(t, "Alice")
	jar := b.jar.Cookies(httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, nil).URL)
	if len(jar) != 1 || jar[0].Name != "__Host-didops-session" || len(jar[0].Value) != 43 {
		t.Fatalf("got %v", jar)
	}
	guess := "A" + jar[0].Value[1:]
	if guess == jar[0].Value {
		guess = "B" + jar[0].Value[1:]
	}
	for name, cookies := range map[string][]string{
		"without the prefix": {"didops-session=" + jar[0].Value},
		"two of them":        {"__Host-didops-session=" + jar[0].Value, "__Host-didops-session=x"},
		"a guess":            {"__Host-didops-session=" + guess},
		"nothing":            {"__Host-didops-session="},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, address+"/approvals", nil)
		r.Header.Set("Cookie", strings.Join(cookies, "; "))
		w := httptest.NewRecorder()
		d.page.ServeHTTP(w, r)
		if w.Code != http.StatusSeeOther {
			t.Errorf("%s: got %d", name, w.Code)
		}
	}
	before := jar[0].Value
	b.post("/signin/passkey", "ceremony", "begun", "answer", "key-of-Alice")
	after := b.jar.Cookies(httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, nil).URL)
	if after[0].Value == before || d.sessions.count() != 1 {
		t.Errorf("got the session of before, and %d in all", d.sessions.count())
	}
}

// TestOften bounds how often anybody may ask, and try to sign in.
func TestOften(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.browser(t)
	statuses := map[int]int{}
	for range 40 {
		statuses[b.script("/signin/passkey/begin").status]++
	}
	if statuses[http.StatusOK] != 30 || statuses[http.StatusTooManyRequests] != 10 {
		t.Errorf("got %v", statuses)
	}
	few := newDesk(t, func(c *web.Config) { c.RequestsPerMinute = 3 })
	few.passkeys.give("Bob", "k")
	alice := few.signedIn(t, "Alice")
	for range 3 {
		if got := alice.get("/approvals"); got.status != http.StatusOK {
			t.Errorf("got %d", got.status)
		}
	}
	got := alice.get("/approvals")
	if got.status != http.StatusTooManyRequests || got.head.Get("Retry-After") == "" {
		t.Errorf("got %d %v", got.status, got.head)
	}
	if got := few.browser(t).get("/signin"); got.status != http.StatusOK {
		t.Errorf("got %d of somebody else", got.status)
	}
}

// TestPagesAreSmall holds that a page with all that belongs to it is at most
// 60 KB, is well formed, has a heading, landmarks and a name for each control,
// and says SANDBOX.
func TestPagesAreSmall(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.signedIn(t, "Alice")
	var id string
	for range 20 {
		id = d.place(t, "line_buy", buying)
		buyingOther := d.place(t, "line_drop", dropping)
		b.get("/orders/" + buyingOther)
	}
	static := 0
	for _, name := range []string{"style.css", "app.js", "icon.svg"} {
		got := b.get("/static/x/" + name)
		if got.status != http.StatusOK || got.head.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got %d %v", name, got.status, got.head)
		}
		static += len(got.text)
	}
	nobody := d.browser(t)
	for path, from := range map[string]*browser{
		"/approvals": b, "/orders/" + id: b, "/history": b, "/log": b, "/passkeys": b, "/nothing": b, "/signin": nobody, "/enrol": nobody, "/orders/x": nobody,
	} {
		got := from.get(path)
		if got.status == http.StatusSeeOther {
			continue
		}
		if size := len(got.text) + static; size > 60_000 {
			t.Errorf("%s: got %d bytes with all that belongs to it", path, size)
		}
		if err := judged(got.text); err != nil {
			t.Errorf("%s: %v in %s", path, err, got.text)
		}
		got.has(t, "SANDBOX · ", `<html lang="en">`, `<main id="main"`, `name="viewport"`)
		for _, never := range []string{"style=", "onclick", "<script>", "javascript:", "http://"} {
			if strings.Contains(got.text, never) {
				t.Errorf("%s: got %q in it", path, never)
			}
		}
	}
}

// judged reads a page as what it is: XML but for a few elements.
func judged(page string) error {
	x := xml.NewDecoder(strings.NewReader(page))
	x.Strict, x.AutoClose, x.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	ids, labels, inputs := map[string]bool{}, map[string]bool{}, []string{}
	headings, inButton, name := 0, false, ""
	for {
		token, err := x.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch e := token.(type) {
		case xml.StartElement:
			has := map[string]string{}
			for _, a := range e.Attr {
				has[a.Name.Local] = a.Value
			}
			if id := has["id"]; id != "" && ids[id] {
				return fmt.Errorf("two elements are %s", id)
			}
			ids[has["id"]] = true
			switch e.Name.Local {
			case "h1":
				headings++
			case "label":
				labels[has["for"]] = true
			case "input", "textarea", "select":
				if has["type"] != "hidden" {
					inputs = append(inputs, has["id"])
				}
			case "button":
				inButton, name = true, ""
			}
		case xml.CharData:
			name += strings.TrimSpace(string(e))
		case xml.EndElement:
			if e.Name.Local == "button" && inButton && name == "" {
				return errors.New("a button has no name")
			}
		}
	}
	for _, id := range inputs {
		if !labels[id] {
			return fmt.Errorf("the field %s has no label", id)
		}
	}
	if headings != 1 {
		return fmt.Errorf("there are %d first headings", headings)
	}
	return nil
}
