package openid_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"didops/internal/fault"
	"didops/internal/openid"
	"didops/internal/testing/fakeissuer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const redirect = "http://localhost:8931/signin/oidc"

func client(i *fakeissuer.Issuer) *openid.Client {
	return openid.New(openid.Config{Issuer: i.URL, ClientID: "page", Secret: i.Secret, Redirect: redirect, Now: time.Now})
}

// follow opens an address as a browser does, and returns what it is sent back
// with.
func follow(t *testing.T, address string) url.Values {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	back, err := resp.Location()
	if err != nil || !strings.HasPrefix(back.String(), redirect+"?") {
		t.Fatalf("got %v, %v, want to be sent back", back, err)
	}
	return back.Query()
}

func begun(t *testing.T, c *openid.Client) (url.Values, openid.Attempt) {
	t.Helper()
	address, a, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("nonce") != a.Nonce || q.Get("state") != a.State || strings.Contains(address, a.Verifier) || q.Get("scope") != "openid" {
		t.Fatalf("got %s", address)
	}
	again, ok := openid.ParseAttempt(a.String())
	if !ok || again != a {
		t.Fatalf("got %+v, %v, want %+v", again, ok, a)
	}
	return follow(t, address), again
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	for name, secret := range map[string]string{"public": "", "with a secret": "s3cr3t"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := fakeissuer.New(t)
			i.OpenID, i.Secret, i.Person = true, secret, "248289761001"
			c := client(i)
			if got := c.Destination(); got != i.URL {
				t.Errorf("got %s before it was asked, want %s", got, i.URL)
			}
			answer, a := begun(t, c)
			if got, err := c.Finish(t.Context(), a, answer); err != nil || got != i.Person {
				t.Errorf("got %q, %v, want %s", got, err, i.Person)
			}
			if got, err := c.Finish(t.Context(), a, answer); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("got %q, %v of a code that was used, want it invalid", got, err)
			}
		})
	}
}

// TestWrongAnswers holds that nothing signs anybody in but the answer of the
// issuer to the attempt of this browser.
func TestWrongAnswers(t *testing.T) {
	t.Parallel()
	other := fakeissuer.NewKey(t, "key-1", "ES256")
	token := func(changes ...func(*fakeissuer.Token)) func(*fakeissuer.Issuer, *openid.Attempt, url.Values) {
		return func(i *fakeissuer.Issuer, _ *openid.Attempt, _ url.Values) {
			i.IDToken = func(t *fakeissuer.Token) {
				for _, change := range changes {
					change(t)
				}
			}
		}
	}
	for name, tt := range map[string]struct {
		do   func(*fakeissuer.Issuer, *openid.Attempt, url.Values)
		want fault.Code
	}{
		"another state":         {func(_ *fakeissuer.Issuer, _ *openid.Attempt, q url.Values) { q.Set("state", "x") }, fault.Invalid},
		"no state at all":       {func(_ *fakeissuer.Issuer, a *openid.Attempt, q url.Values) { q.Del("state"); a.State = "" }, fault.Invalid},
		"another issuer":        {func(_ *fakeissuer.Issuer, _ *openid.Attempt, q url.Values) { q.Set("iss", "https://evil.example") }, fault.Invalid},
		"an issuer left out":    {func(_ *fakeissuer.Issuer, _ *openid.Attempt, q url.Values) { q.Del("iss") }, fault.Invalid},
		"another verifier":      {func(_ *fakeissuer.Issuer, a *openid.Attempt, _ url.Values) { a.Verifier = "x" }, fault.Invalid},
		"another nonce":         {func(_ *fakeissuer.Issuer, a *openid.Attempt, _ url.Values) { a.Nonce = "x" }, fault.Invalid},
		"a nonce of another":    {token(fakeissuer.Claim("nonce", "y")), fault.Invalid},
		"a token without nonce": {token(fakeissuer.Claim("nonce", nil)), fault.Invalid},
		"the person said no": {func(_ *fakeissuer.Issuer, _ *openid.Attempt, q url.Values) {
			q.Del("code")
			q.Set("error", "access_denied")
		}, fault.Forbidden},
		"made for another client": {token(fakeissuer.Claim("aud", "another")), fault.Unavailable},
		"made for several":        {token(fakeissuer.Claim("aud", []string{"page", "another"})), fault.Unavailable},
		"asked for by another":    {token(fakeissuer.Claim("azp", "another")), fault.Unavailable},
		"of another issuer":       {token(fakeissuer.Claim("iss", "https://evil.example")), fault.Unavailable},
		"out of time":             {token(fakeissuer.Claim("exp", 1)), fault.Unavailable},
		"not signed":              {token(fakeissuer.Unsigned), fault.Unavailable},
		"signed by another":       {token(fakeissuer.Signed(other)), fault.Unavailable},
		"confused":                {token(fakeissuer.Confused), fault.Unavailable},
		"of nobody":               {token(fakeissuer.Claim("sub", "")), fault.Unavailable},
		"the issuer is away":      {func(i *fakeissuer.Issuer, _ *openid.Attempt, _ url.Values) { i.Down(true) }, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := fakeissuer.New(t)
			i.OpenID = true
			c := client(i)
			answer, a := begun(t, c)
			tt.do(i, &a, answer)
			if got, err := c.Finish(t.Context(), a, answer); got != "" || fault.CodeOf(err) != tt.want {
				t.Errorf("got %q, %v, want %s", got, err, tt.want)
			}
		})
	}
}

// TestIssuerThatIsAway is not asked at every request, and asked again later.
func TestIssuerThatIsAway(t *testing.T) {
	t.Parallel()
	i := fakeissuer.New(t)
	i.OpenID = true
	i.Down(true)
	now := time.Now()
	c := openid.New(openid.Config{Issuer: i.URL, ClientID: "page", Redirect: redirect, Now: func() time.Time { return now }})
	begin := func() fault.Code {
		_, _, err := c.Begin(t.Context())
		return fault.CodeOf(err)
	}
	if got := begin(); got != fault.Unavailable {
		t.Errorf("got %s", got)
	}
	i.Down(false)
	if got := begin(); got != fault.Unavailable {
		t.Errorf("got %q a moment later, want it not asked again yet", got)
	}
	now = now.Add(6 * time.Second)
	if got := begin(); got != "" {
		t.Errorf("got %s once it is back", got)
	}
	i.Down(true)
	now = now.Add(2 * time.Hour)
	if got := begin(); got != "" {
		t.Errorf("got %s, want what was known to do while it is away", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	fresh := client(i)
	if _, _, err := fresh.Begin(ended); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("got %v", err)
	}
	i.Down(false)
	if _, _, err := fresh.Begin(t.Context()); err != nil {
		t.Errorf("got %v, want that one request has ended to hold for no other", err)
	}
}

// TestDestination holds that the page, which names the destination in every
// answer, has it while the issuer takes its time to say what it is.
func TestDestination(t *testing.T) {
	t.Parallel()
	var c *openid.Client
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := "http://" + r.Host
		if got := c.Destination(); got != at {
			t.Errorf("got %s while the issuer is asked, want %s", got, at)
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": at, "authorization_endpoint": "https://signin.example/authorize", "token_endpoint": at + "/token", "jwks_uri": at + "/keys",
		})
	}))
	t.Cleanup(issuer.Close)
	c = openid.New(openid.Config{Issuer: issuer.URL, ClientID: "page", Redirect: redirect, Now: time.Now})
	if _, _, err := c.Begin(t.Context()); err != nil {
		t.Fatalf("got %v, want the issuer not to wait for itself", err)
	}
	if got := c.Destination(); got != "https://signin.example" {
		t.Errorf("got %s once it is known", got)
	}
}

func TestAttemptsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "a.b", "a.b.c.d", "a..c", strings.Repeat("a", 600) + ".b.c"} {
		if a, ok := openid.ParseAttempt(s); ok {
			t.Errorf("got %+v of %.20q, want none", a, s)
		}
	}
}
