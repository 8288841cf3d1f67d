package tcxc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/rs/zerolog"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
)

// everything returns all that an error says to anyone: the chain's texts, the
// faults' messages and hints.
func everything(err error) string {
	var b strings.Builder
	for ; err != nil; err = errors.Unwrap(err) {
		fmt.Fprintf(&b, "%v\n%+v\n%#v\n", err, err, err)
		if f, ok := fault.As(err); ok {
			b.WriteString(f.Message + "\n" + f.Hint + "\n" + f.Field + "\n")
		}
	}
	return b.String()
}

// echoes are the ways in which an exchange, or what stands in front of it,
// repeats a request in its answer.
func echoes() map[string]func(http.ResponseWriter, string) {
	message := func(w http.ResponseWriter, status int, body string) {
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"status":"error","message":%q}`, body)
	}
	return map[string]func(http.ResponseWriter, string){
		"message, as sent":      func(w http.ResponseWriter, f string) { message(w, 200, f) },
		"message with HTTP 400": func(w http.ResponseWriter, f string) { message(w, 400, f) },
		"message, decoded": func(w http.ResponseWriter, f string) {
			plain, _ := url.QueryUnescape(f)
			message(w, 200, plain)
		},
		"failure": func(w http.ResponseWriter, f string) {
			_, _ = fmt.Fprintf(w, `{"status":"fail","error":%q}`, "Wrong signature "+f)
		},
		"status":    func(w http.ResponseWriter, f string) { _, _ = fmt.Fprintf(w, `{"status":%q}`, f) },
		"page":      func(w http.ResponseWriter, f string) { _, _ = io.WriteString(w, "<html>"+html.EscapeString(f)) },
		"bare page": func(w http.ResponseWriter, f string) { _, _ = io.WriteString(w, f) },
		"502": func(w http.ResponseWriter, f string) {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, f)
		},
		"redirect": func(w http.ResponseWriter, f string) {
			w.Header().Set("Location", "/?"+f)
			w.WriteHeader(http.StatusFound)
		},
	}
}

// TestNothingSecretInErrors lets servers repeat all that they were sent, and
// looks for it in errors and logs.
func TestNothingSecretInErrors(t *testing.T) {
	t.Parallel()
	for name, echo := range echoes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var signatures []string
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				form, _ := io.ReadAll(r.Body)
				v, _ := url.ParseQuery(string(form))
				signatures = append(signatures, v.Get("signature"))
				echo(w, "key="+testKey+"&"+string(form))
			}))
			defer s.Close()
			var log bytes.Buffer
			logger := zerolog.New(&log).Level(zerolog.TraceLevel)
			c, err := tcxc.New(tcxc.Options{URL: s.URL, Login: testLogin, Key: testKey, Log: &logger, Rand: func() float64 { return 0 }})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			w := c.Writer()
			purchase := exchange.Purchase{ID: "10", Account: 1, Contact: testContact, SMPPContact: testSMPP}
			_, _, read := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{})
			for what, err := range map[string]error{
				"read":     read,
				"purchase": w.Purchase(t.Context(), purchase),
				"update":   w.Update(t.Context(), exchange.Update{ID: "10", Contact: testContact, SMPPContact: testSMPP}),
			} {
				if err == nil {
					t.Fatalf("%s: got no error", what)
				}
				holdsNothing(t, what, everything(err)+log.String(), signatures)
			}
		})
	}
}

func holdsNothing(t *testing.T, what, text string, signatures []string) {
	t.Helper()
	secrets := append([]string{testKey, testPassword, testContact, testSMPP, url.QueryEscape(testSMPP), url.QueryEscape(testContact)}, signatures...)
	for _, secret := range secrets {
		if secret != "" && strings.Contains(text, secret) {
			t.Errorf("%s: the error or the log repeats %q:\n%s", what, secret, text)
		}
	}
}

// TestWordsAroundASecretStay holds that of the exchange's own words only the
// secret is masked.
func TestWordsAroundASecretStay(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"Contact " + testSMPP + " is not valid, use another one", `"Contact *** is not valid, use another one"`},
		{"Contact smpp:other:MARKED:1@smpp.example.net is not valid", `"Contact smpp:*** is not valid"`},
		{"The key " + testKey + " may not buy this", `"The key *** may not buy this"`},
		{"Bad value " + url.QueryEscape(testSMPP) + ", " + testPassword + " and login:MARKED@smpp.example.net", `"Bad value ***, *** and login:***@smpp.example.net"`},
		{"Number is reserved", `"Number is reserved"`},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprintf(w, `{"status":"error","message":%q}`, tt.text)
		}))
		defer s.Close()
		c, err := tcxc.New(tcxc.Options{URL: s.URL, Login: testLogin, Key: testKey})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		err = c.Writer().Purchase(t.Context(), exchange.Purchase{ID: "10", Account: 1, Contact: testContact, SMPPContact: testSMPP})
		if f, ok := fault.As(err); !ok || !strings.Contains(f.Message, tt.want) {
			t.Errorf("got %v, want %s in it", err, tt.want)
		}
	}
}

// TestNothingSecretOverAllFaults looks at the errors and the log of every
// misbehaviour of the sandbox, with both kinds of credentials.
func TestNothingSecretOverAllFaults(t *testing.T) {
	t.Parallel()
	kinds := []sandbox.Fault{
		{Kind: sandbox.Status, Code: 401},
		{Kind: sandbox.Status, Code: 403},
		{Kind: sandbox.Status, Code: 404},
		{Kind: sandbox.Status, Code: 429},
		{Kind: sandbox.Status, Code: 500},
		{Kind: sandbox.Cut},
		{Kind: sandbox.CutBody},
		{Kind: sandbox.Truncate},
		{Kind: sandbox.HTML},
		{Kind: sandbox.Redirect},
		{Kind: sandbox.Logical, Text: "Bad contact " + testSMPP},
		{Kind: sandbox.Logical, Text: "Bad key " + testKey},
	}
	for _, auth := range []tcxc.Auth{tcxc.Signature, tcxc.Digest} {
		for _, f := range kinds {
			t.Run(fmt.Sprintf("%s %s %d", auth, f.Kind, f.Code), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newExchange(t, sandbox.Options{Numbers: 100, Digest: auth == tcxc.Digest})
					var log bytes.Buffer
					logger := zerolog.New(&log)
					c := client(t, s, func(o *tcxc.Options) { o.Auth, o.Log = auth, &logger })
					if err := c.Reader().Probe().Credentials(t.Context()); err != nil {
						t.Fatal(err)
					}
					f.Times = sandbox.Forever
					s.Script(f)
					_, _, read := numbersOf(context.Background(), c.Reader(), exchange.MarketQuery{})
					write := c.Writer().Purchase(t.Context(), exchange.Purchase{ID: "10", Account: 1, Contact: testContact, SMPPContact: testSMPP})
					if read == nil || write == nil {
						t.Fatalf("got errors %v and %v", read, write)
					}
					holdsNothing(t, "read or write", everything(read)+everything(write)+log.String(), nil)
				})
			})
		}
	}
}
