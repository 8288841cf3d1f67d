package web_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"didops/bots/web"
	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/passkey"
	"didops/internal/signin"
	"didops/internal/testing/fakeorders"
	"didops/internal/testing/fixture"
	"didops/tools"
	operations "didops/tools/order"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// address is where the page is for browsers: https, behind a proxy.
const address = "https://didops.example.net/desk"

// desk is a page with orders, people and passkeys that a test may change.
type desk struct {
	*fakeorders.Service
	page     *web.Page
	passkeys *fakePasskeys
	sessions *sessions

	mu     sync.Mutex
	people []web.Person
	now    time.Time
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

// after lets time pass.
func (d *desk) after(t time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(t)
}

// change changes who may sign in.
func (d *desk) change(edit func([]web.Person) []web.Person) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.people = edit(slices.Clone(d.people))
}

func (d *desk) everybody() []web.Person {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.people
}

func newDesk(tb testing.TB, edits ...func(*web.Config)) *desk {
	tb.Helper()
	d := &desk{now: fixture.Moment(), people: []web.Person{
		{Name: "Alice", Role: identity.Approver, Subject: "alice"},
		{Name: "Bob", Role: identity.Approver, Subject: "bob"},
		{Name: "Carol", Role: identity.Requester},
		{Name: "Dave", Role: identity.Reader},
		{Name: "Eve"},
	}}
	options := fixture.Options{}
	d.Service = fakeorders.New(fakeorders.Config{Handlers: fixture.Handlers(options), Now: d.clock})
	options.Orders = d.Service
	catalog, err := tools.NewCatalog(append(operations.Operations(d.Service), fixture.Declarations(options)...)...)
	if err != nil {
		tb.Fatal(err)
	}
	gate, err := tools.NewGate(tools.GateConfig{Catalog: catalog, Orders: d.Service, Sandbox: true, Now: d.clock})
	if err != nil {
		tb.Fatal(err)
	}
	d.passkeys, d.sessions = &fakePasskeys{keys: map[string][]passkey.Listed{}}, &sessions{kept: map[string]signin.Session{}, now: d.clock}
	c := web.Config{
		Gate: gate.Through(identity.FrontWeb), URL: address, Sessions: signin.New(d.sessions, 12*time.Hour, d.clock), People: d.everybody,
		Passkeys: d.passkeys, News: d.News, Head: d.Head, RequestsPerMinute: 10_000, Now: d.clock, Log: zerolog.Nop(),
	}
	for _, edit := range edits {
		edit(&c)
	}
	if d.page, err = web.New(c); err != nil {
		tb.Fatal(err)
	}
	return d
}

// place asks for something that waits then, and returns its id.
func (d *desk) place(tb testing.TB, operation, args string) string {
	tb.Helper()
	return d.placeAs(tb, identity.Principal{Realm: identity.HTTP, ID: "team", Name: "claude-team", Role: identity.Requester}, operation, args)
}

// placeAs asks for something in the name of somebody.
func (d *desk) placeAs(tb testing.TB, who identity.Principal, operation, args string) string {
	tb.Helper()
	placed, err := d.Place(tb.Context(), order.PlaceRequest{
		Operation: operation, Args: json.RawMessage(args), Reason: "<b>the office</b>", By: identity.Caller{Principal: who, Frontend: identity.FrontMCP},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return placed.Order.ID
}

const (
	buying   = `{"numbers":["+97150000001","+97150000002"]}`
	dropping = `{"numbers":["+97150000001"]}`
)

// browser is a browser with its cookies.
type browser struct {
	tb   testing.TB
	page http.Handler
	jar  *cookiejar.Jar
}

func (d *desk) browser(tb testing.TB) *browser {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return &browser{tb, d.page, jar}
}

// signedIn is a browser in which somebody has signed in by a passkey.
func (d *desk) signedIn(tb testing.TB, person string) *browser {
	tb.Helper()
	b := d.browser(tb)
	d.passkeys.give(person, "key-of-"+person)
	if got := b.post("/signin/passkey", "ceremony", "begun", "answer", "key-of-"+person); got.status != http.StatusSeeOther {
		tb.Fatalf("got %d %s, want to be signed in", got.status, got.text)
	}
	return b
}

// answer is what the page answered.
type answer struct {
	status     int
	text, lead string
	head       http.Header
}

func (b *browser) do(r *http.Request) answer {
	b.tb.Helper()
	at := r.URL
	for _, c := range b.jar.Cookies(at) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.page.ServeHTTP(w, r)
	result := w.Result()
	b.jar.SetCookies(at, result.Cookies())
	text, err := io.ReadAll(result.Body)
	if err != nil {
		b.tb.Fatal(err)
	}
	return answer{result.StatusCode, strings.ReplaceAll(string(text), "&#43;", "+"), strings.TrimPrefix(result.Header.Get("Location"), "/desk"), result.Header}
}

func (b *browser) get(path string) answer {
	b.tb.Helper()
	return b.do(httptest.NewRequestWithContext(b.tb.Context(), http.MethodGet, address+path, nil))
}

// form is a form as a browser posts it from the page.
func (b *browser) form(path string, fields ...string) *http.Request {
	b.tb.Helper()
	values := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	r := httptest.NewRequestWithContext(b.tb.Context(), http.MethodPost, address+path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://didops.example.net")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

func (b *browser) post(path string, fields ...string) answer {
	b.tb.Helper()
	return b.do(b.form(path, fields...))
}

// script posts a form as the script does.
func (b *browser) script(path string, fields ...string) answer {
	b.tb.Helper()
	r := b.form(path, fields...)
	r.Header.Set("Accept", "application/json")
	return b.do(r)
}

var termsField = regexp.MustCompile(`name="terms" value="([0-9a-f]{64})"`)

// terms is what the form of an order sends back of what was shown.
func (a answer) terms(tb testing.TB) string {
	tb.Helper()
	found := termsField.FindStringSubmatch(a.text)
	if found == nil {
		tb.Fatalf("got %s, want a form", a.text)
	}
	return found[1]
}

// has fails unless all texts are on the page.
func (a answer) has(tb testing.TB, texts ...string) {
	tb.Helper()
	for _, text := range texts {
		if !strings.Contains(a.text, text) {
			tb.Errorf("got %s, want %q in it", a.text, text)
		}
	}
}

// sessions is a [signin.Store] in memory.
type sessions struct {
	mu   sync.Mutex
	kept map[string]signin.Session
	now  func() time.Time
}

func (s *sessions) KeepSession(_ context.Context, hash string, is signin.Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[hash] = is
	return nil
}

func (s *sessions) KeptSession(_ context.Context, hash string) (signin.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	is, ok := s.kept[hash]
	if !ok || !s.now().Before(is.Expires) {
		return signin.Session{}, signin.ErrNone
	}
	return is, nil
}

func (s *sessions) DropSession(_ context.Context, hash string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.kept, hash)
	return nil
}

func (s *sessions) DropSessions(_ context.Context, person, but string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for hash, is := range s.kept {
		if is.Person == person && hash != but {
			delete(s.kept, hash)
		}
	}
	return nil
}

func (s *sessions) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.kept)
}

// fakePasskeys are passkeys whose answer to every ceremony is their id.
type fakePasskeys struct {
	mu     sync.Mutex
	keys   map[string][]passkey.Listed // by person
	tokens map[string]string           // of invitations, with whose they are
	away   error                       // of who wants the list
}

var errForbidden = fault.New(fault.Forbidden, "the passkey's signature does not hold")

func (f *fakePasskeys) give(person, id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keys[person] = append(f.keys[person], passkey.Listed{Credential: passkey.Credential{ID: passkey.Bytes(id), Person: person, Enrolled: fixture.Moment()}})
}

func (f *fakePasskeys) void(person string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.keys[person] {
		f.keys[person][i].Void = "the passkey was removed"
	}
}

// fail has the list fail from now on; nil ends that.
func (f *fakePasskeys) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = err
}

func (f *fakePasskeys) invite(token, person string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tokens = map[string]string{token: person}
}

func (f *fakePasskeys) BeginSignIn(context.Context) (passkey.Ceremony, error) {
	return passkey.Ceremony{Handle: "begun", Options: json.RawMessage(`{"challenge":"AAAA"}`)}, nil
}

func (f *fakePasskeys) FinishSignIn(_ context.Context, handle string, answer []byte) (passkey.Credential, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, keys := range f.keys {
		for _, k := range keys {
			if handle == "begun" && string(k.ID) == string(answer) && k.Void == "" {
				return k.Credential, nil
			}
		}
	}
	return passkey.Credential{}, errForbidden
}

func (f *fakePasskeys) BeginEnrol(_ context.Context, token string) (passkey.Ceremony, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	person, ok := f.tokens[token]
	if !ok {
		return passkey.Ceremony{}, errForbidden
	}
	return passkey.Ceremony{Person: person, Options: json.RawMessage(`{"challenge":"AAAA"}`)}, nil
}

func (f *fakePasskeys) FinishEnrol(_ context.Context, token string, answer []byte) (passkey.Credential, error) {
	f.mu.Lock()
	person, ok := f.tokens[token]
	delete(f.tokens, token)
	f.mu.Unlock()
	if !ok {
		return passkey.Credential{}, errForbidden
	}
	f.give(person, string(answer))
	return passkey.Credential{ID: passkey.Bytes(answer), Person: person}, nil
}

func (f *fakePasskeys) List(_ context.Context, person string) ([]passkey.Listed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.keys[person]), f.away
}

func (f *fakePasskeys) Remove(_ context.Context, id passkey.Bytes, by audit.Actor) (passkey.Credential, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for person, keys := range f.keys {
		for i, k := range keys {
			if string(k.ID) == string(id) && by.ID == person {
				f.keys[person] = slices.Delete(slices.Clone(keys), i, i+1)
				return k.Credential, nil
			}
		}
	}
	return passkey.Credential{}, errForbidden
}
