package web_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"didops/bots/web"
	"didops/internal/fault"
	"didops/internal/openid"
	"didops/internal/testing/fakeissuer"
)

// withIssuer is a page on which people sign in at an issuer.
func withIssuer(tb testing.TB) (*desk, *fakeissuer.Issuer) {
	tb.Helper()
	i := fakeissuer.New(tb)
	i.OpenID, i.Person = true, "alice"
	return newDesk(tb, func(c *web.Config) {
		c.Issuer = i.URL
		c.OpenID = openid.New(openid.Config{Issuer: i.URL, ClientID: "page", Redirect: address + web.Callback, Now: time.Now})
	}), i
}

// atIssuer opens an address of the issuer, and returns where it sends the
// browser back to.
func atIssuer(tb testing.TB, address string) *url.URL {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, address, nil)
	if err != nil {
		tb.Fatal(err)
	}
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	_ = resp.Body.Close()
	back, err := resp.Location()
	if err != nil {
		tb.Fatal(err)
	}
	return back
}

func TestSignInAtAnIssuer(t *testing.T) {
	t.Parallel()
	d, i := withIssuer(t)
	id := d.place(t, "line_buy", buying)
	b := d.browser(t)
	asked := b.get("/orders/" + id)
	if asked.status != http.StatusSeeOther || asked.lead != "/signin?to=/orders/"+id {
		t.Fatalf("got %d %s, want to be asked to sign in", asked.status, asked.lead)
	}
	page := b.get(asked.lead)
	page.has(t, "SANDBOX", "Sign in through your organisation", `name="to" value="/orders/`+id+`"`)
	if csp := page.head.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' "+i.URL+";") {
		t.Errorf("got %s, want the issuer to be posted to", csp)
	}
	begun := b.post("/signin/oidc", "to", "/orders/"+id)
	if begun.status != http.StatusSeeOther || !strings.HasPrefix(begun.lead, i.URL+"/authorize?") {
		t.Fatalf("got %d %s", begun.status, begun.lead)
	}
	cookie := begun.head.Get("Set-Cookie")
	for _, want := range []string{"__Host-didops-signin=", "; Path=/;", "; HttpOnly", "; Secure", "; SameSite=Lax"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("got the cookie %s, want %s", cookie, want)
		}
	}
	back := atIssuer(t, begun.lead)
	done := b.get(web.Callback + "?" + back.RawQuery)
	if done.status != http.StatusSeeOther || done.lead != "/orders/"+id {
		t.Fatalf("got %d %s %s", done.status, done.lead, done.text)
	}
	for _, want := range []string{"__Host-didops-session=", "; Path=/;", "; HttpOnly", "; Secure", "; SameSite=Lax", "Max-Age=43200"} {
		if !strings.Contains(strings.Join(done.head.Values("Set-Cookie"), "\n"), want) {
			t.Errorf("got the cookies %v, want %s", done.head.Values("Set-Cookie"), want)
		}
	}
	b.get("/orders/"+id).has(t, "Signed in as <b>Alice</b>", "Decide")
	if again := b.get(web.Callback + "?" + back.RawQuery); again.status != http.StatusUnprocessableEntity {
		t.Errorf("got %d of an answer that was used", again.status)
	}
	other := d.browser(t) // the address of the answer, opened elsewhere
	if got := other.get(web.Callback + "?" + back.RawQuery); got.status != http.StatusUnprocessableEntity || len(got.head.Values("Set-Cookie")) > 1 {
		t.Errorf("got %d %v in another browser", got.status, got.head.Values("Set-Cookie"))
	}
}

// TestWhoIsNobody holds that whoever an issuer signs in is nobody here without a
// line of the configuration, whatever else the token says.
func TestWhoIsNobody(t *testing.T) {
	t.Parallel()
	d, i := withIssuer(t)
	i.IDToken = func(t *fakeissuer.Token) {
		fakeissuer.Claim("sub", "mallory")(t)
		fakeissuer.Claim("email", "alice@example.net")(t)
		fakeissuer.Claim("name", "Alice")(t)
	}
	b := d.browser(t)
	got := b.get(web.Callback + "?" + atIssuer(t, b.post("/signin/oidc").lead).RawQuery)
	if got.status != http.StatusForbidden || d.sessions.count() > 0 {
		t.Errorf("got %d %s", got.status, got.text)
	}
	d.change(func(list []web.Person) []web.Person { list[4].Subject = "mallory"; return list }) // Eve has no role
	got = b.get(web.Callback + "?" + atIssuer(t, b.post("/signin/oidc").lead).RawQuery)
	if got.status != http.StatusForbidden || d.sessions.count() > 0 {
		t.Errorf("got %d %s of somebody without a role", got.status, got.text)
	}
}

// TestSessionsEnd holds that a session is of use as long as its person may sign
// in by what it was begun with.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(*testing.T, *desk, *browser){
		"signed out": func(t *testing.T, _ *desk, b *browser) {
			t.Helper()
			if got := b.post("/signout"); got.lead != "/signin?said=out" {
				t.Errorf("got %s", got.lead)
			}
		},
		"out of time": func(_ *testing.T, d *desk, _ *browser) { d.after(12 * time.Hour) },
		"without a role": func(_ *testing.T, d *desk, _ *browser) {
			d.change(func(l []web.Person) []web.Person { l[0].Role = 0; return l })
		},
		"not configured":      func(_ *testing.T, d *desk, _ *browser) { d.change(func(l []web.Person) []web.Person { return l[1:] }) },
		"the passkey is gone": func(_ *testing.T, d *desk, _ *browser) { d.passkeys.void("Alice") },
		"ended everywhere":    func(t *testing.T, d *desk, _ *browser) { t.Helper(); d.signedIn(t, "Alice").post("/passkeys/sessions") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			b := d.signedIn(t, "Alice")
			before, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			token := b.jar.Cookies(before)
			b.get("/approvals").has(t, "Signed in as <b>Alice</b>")
			do(t, d, b)
			b.jar.SetCookies(before, token) // however the browser keeps it
			if got := b.get("/approvals"); got.status != http.StatusSeeOther {
				t.Errorf("got %d %s, want to be asked to sign in", got.status, got.text)
			}
		})
	}
	t.Run("another subject", func(t *testing.T) {
		t.Parallel()
		d, _ := withIssuer(t)
		b := d.browser(t)
		b.get(web.Callback + "?" + atIssuer(t, b.post("/signin/oidc").lead).RawQuery)
		b.get("/approvals").has(t, "Signed in as <b>Alice</b>")
		d.change(func(l []web.Person) []web.Person { l[0].Subject = "alice2"; return l })
		if got := b.get("/approvals"); got.status != http.StatusSeeOther {
			t.Errorf("got %d, want to be asked to sign in", got.status)
		}
	})
}

// TestSessionsOutlastFaults holds that no session ends because it can't be told
// for a moment whether its passkey counts.
func TestSessionsOutlastFaults(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.signedIn(t, "Alice")
	for err, want := range map[error]int{
		fault.New(fault.Unavailable, "the store can't be read"):   http.StatusServiceUnavailable,
		fault.New(fault.Forbidden, "the trail is another one"):    http.StatusForbidden,
		errors.New("the context of the transaction is cancelled"): http.StatusInternalServerError,
	} {
		d.passkeys.fail(err)
		if got := b.get("/approvals"); got.status != want || d.sessions.count() != 1 {
			t.Errorf("got %d and %d sessions, want %d", got.status, d.sessions.count(), want)
		}
	}
	d.passkeys.fail(nil)
	b.get("/approvals").has(t, "Signed in as <b>Alice</b>")
}

// TestWhereSigningInLeads holds that it leads to pages of ours alone.
func TestWhereSigningInLeads(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.passkeys.give("Alice", "k")
	for to, want := range map[string]string{
		"/orders/sb-0001": "/orders/sb-0001", "/history": "/history", "": "/approvals", "https://evil.example": "/approvals", "//evil.example": "/approvals",
		"/orders/../../evil": "/approvals", "/orders/a?b": "/approvals", "/orders/a\r\nSet-Cookie: x": "/approvals", `/\evil.example`: "/approvals",
	} {
		if got := d.browser(t).post("/signin/passkey", "ceremony", "begun", "answer", "k", "to", to); got.lead != want {
			t.Errorf("%q: got %d %s, want %s", to, got.status, got.lead, want)
		}
	}
}

func TestPasskeys(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.passkeys.invite("t0ken", "Bob")
	b := d.browser(t)
	page := b.get("/enrol")
	page.has(t, "<h1>Enrol a passkey</h1>", `data-passkey="enrol"`, "app.js", `id="whose" hidden`)
	if got := b.script("/enrol/begin", "token", "t0ken"); got.status != http.StatusOK || !strings.Contains(got.text, `"person":"Bob","publicKey":{"challenge"`) {
		t.Errorf("got %d %s, want it to say of whom", got.status, got.text)
	}
	if got := b.script("/enrol/begin", "token", "another"); got.status != http.StatusForbidden || !strings.Contains(got.text, `"message":"The passkey`) {
		t.Errorf("got %d %s of another token", got.status, got.text)
	}
	if got := b.post("/enrol", "token", "t0ken", "answer", "new-key"); got.lead != "/passkeys?said=enrolled" {
		t.Fatalf("got %d %s %s", got.status, got.lead, got.text)
	}
	own := b.get("/passkeys?said=enrolled")
	own.has(t, "Signed in as <b>Bob</b>", "The passkey is enrolled", "Passkey 1", "You signed in with it", "bmV3LWtleQ")
	d.passkeys.give("Alice", "alices")
	if got := b.post("/passkeys/remove", "id", "YWxpY2Vz"); got.status != http.StatusNotFound {
		t.Errorf("got %d %s, want no passkey of another to be removed", got.status, got.text)
	}
	if got := b.post("/passkeys/remove", "id", "bmV3LWtleQ"); got.lead != "/passkeys?said=removed" {
		t.Errorf("got %d %s", got.status, got.text)
	}
	if got := b.get("/passkeys"); got.status != http.StatusSeeOther {
		t.Errorf("got %d, want the session to be over with its passkey", got.status)
	}
	if got := b.post("/signin/passkey", "ceremony", "begun", "answer", "new-key"); got.status != http.StatusForbidden {
		t.Errorf("got %d of a removed passkey", got.status)
	}
}
