package sandbox_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/icholy/digest"

	"didops/internal/exchange/sandbox"
)

func TestSignatureVectors(t *testing.T) {
	t.Parallel()
	for controller, want := range map[string]string{
		"dids_market":  "8b5404937ca8fcbc835ce39f33c0e5376248314f512a372eb8781e1c24d17750",
		"purchase_did": "04853439eaf03f66f2b640ae20d2e76df694e9ad848ee3b621bc17833b843d74",
		"c_dids":       "81f5f7bce85ce660c108d14a4ceb9f93d485eae26582602038d66b1b88177252",
	} {
		if got := sandbox.Signature(controller, "TESTKEY0123456789", "AcmeInc", "1700000000"); got != want {
			t.Errorf("%s: got %s, want %s", controller, got, want)
		}
	}
}

func TestWrongSignature(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	r := start(t, sandbox.Options{Login: "alice", Key: "k1", Now: func() time.Time { return now }})
	at := func(d time.Duration) string { return strconv.FormatInt(now.Add(d).Unix(), 10) }
	signed := func(controller, key, login, ts string) url.Values {
		return values("webapi", "1", "searchform", "1", "ts", ts, "api_login", login,
			"signature", sandbox.Signature(controller, key, login, ts))
	}
	without := signed("dids_market", "k1", "alice", at(0))
	without.Del("signature")
	upper := signed("dids_market", "k1", "alice", at(0))
	upper.Set("signature", strings.ToUpper(upper.Get("signature")))
	for _, test := range []struct {
		name string
		form url.Values
		good bool
	}{
		{"right", signed("dids_market", "k1", "alice", at(0)), true},
		{"as late as allowed", signed("dids_market", "k1", "alice", at(-300*time.Second)), true},
		{"as early as allowed", signed("dids_market", "k1", "alice", at(300*time.Second)), true},
		{"too late", signed("dids_market", "k1", "alice", at(-301*time.Second)), false},
		{"too early", signed("dids_market", "k1", "alice", at(301*time.Second)), false},
		{"milliseconds", signed("dids_market", "k1", "alice", at(0)+"000"), false},
		{"other controller", signed("c_dids", "k1", "alice", at(0)), false},
		{"other key", signed("dids_market", "k2", "alice", at(0)), false},
		{"other login", signed("dids_market", "k1", "bob", at(0)), false},
		{"capitals", upper, false},
		{"none", without, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := r.do("/number/market", test.form)
			if err != nil {
				t.Fatal(err)
			}
			if got.code != http.StatusOK {
				t.Errorf("got status %d, want 200", got.code)
			}
			const wrong = `{"error":"Wrong signature","status":"fail"}`
			if good := got.body != wrong; good != test.good {
				t.Errorf("got %.80s, want it accepted: %v", got.body, test.good)
			}
			if want := now.Format(http.TimeFormat); got.header.Get("Date") != want {
				t.Errorf("Date: got %q, want %q", got.header.Get("Date"), want)
			}
		})
	}
}

func TestGETIsAcceptedAndNoted(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{})
	form := sign("/number/market", values("searchform", "1", "pager", "1", "off", "0"))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://sandbox/number/market?"+form.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(body), `"status":"success"`) {
		t.Errorf("got %s %v, want success", body, err)
	}
	seen := r.Requests()
	if len(seen) != 1 || seen[0].Method != http.MethodGet || seen[0].N != 1 || seen[0].Auth != "signature" {
		t.Fatalf("got %+v, want one signed GET", seen)
	}
	if seen[0].Form.Has("signature") || seen[0].Form.Get("pager") != "1" {
		t.Errorf("form: got %v, want the parameters without the signature", seen[0].Form)
	}
}

func TestRequestsAreBounded(t *testing.T) {
	t.Parallel()
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for i := range 1234 {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, fmt.Sprintf("/nowhere/%d", i), nil)
		s.ServeHTTP(httptest.NewRecorder(), req)
	}
	got := s.Requests()
	if len(got) != 1000 || got[0].N != 235 || got[0].Path != "/nowhere/234" || got[999].N != 1234 {
		t.Errorf("got %d requests from %d to %d, want 1000 from 235 to 1234", len(got), got[0].N, got[len(got)-1].N)
	}
}

func TestDigest(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{Login: "alice", Key: "k1", Digest: true})
	call := func(login, key string) answer {
		t.Helper()
		form := values("webapi", "1", "searchform", "1", "pager", "2", "off", "0").Encode()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://sandbox/number/market?a=b", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		client := http.Client{Transport: r.client.Transport}
		if login != "" {
			client.Transport = &digest.Transport{Username: login, Password: key, Transport: r.client.Transport}
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer{resp.StatusCode, resp.Header, string(body)}
	}
	if got := call("alice", "k1"); got.code != http.StatusOK || !strings.Contains(got.body, `"status":"success"`) {
		t.Errorf("right password: got %d %.100s, want success", got.code, got.body)
	}
	for _, test := range [][2]string{{"alice", "k2"}, {"bob", "k1"}, {"", ""}} {
		got := call(test[0], test[1])
		if got.code != http.StatusUnauthorized || !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Digest ") {
			t.Errorf("%q with %q: got %d, want a challenge", test[0], test[1], got.code)
		}
	}
	if seen := r.Requests(); seen[1].Auth != "digest" {
		t.Errorf("got auth %q of the second request, want digest", seen[1].Auth)
	}
	closed := start(t, sandbox.Options{})
	got, err := closed.do("/number/market", values("webapi", "1", "searchform", "1"))
	if err != nil || got.code != http.StatusOK || !strings.Contains(got.body, "Wrong signature") {
		t.Errorf("digest off: got %+v %v, want Wrong signature", got, err)
	}
}

func FuzzDigestHeader(f *testing.F) {
	f.Add(`Digest username="alice", realm="tcxc", nonce="1.2", uri="/number/market", qop=auth, nc=1, cnonce="x", response="y"`)
	f.Add(`Digest a="`)
	f.Add(`digest =,=,`)
	s, err := sandbox.New(sandbox.Options{Digest: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	f.Fuzz(func(t *testing.T, header string) {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/number/market", nil)
		req.Header.Set("Authorization", header)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, req)
		if w.Code != http.StatusUnauthorized {
			t.Errorf("got %d, want 401", w.Code)
		}
	})
}
