package fakediscord

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"didops/internal/testing/discordspec"
)

// Fake is a Discord of its own. Safe for concurrent use; the methods that take
// a testing.TB end the test where they can't do what they are asked, so they
// belong to its goroutine.
type Fake struct {
	URL     string // scheme and host, for rest_url
	Token   string // the bot's, without "Bot "
	AppID   string
	Guild   string // where an Actor is who names none
	Channel string // where an Actor is who names none

	lean, lenient bool
	spec          *discordspec.Spec // nil: not found
	key           ed25519.PrivateKey
	server        *httptest.Server
	now           func() time.Time
	ctx           context.Context // ends with the Fake
	end           context.CancelFunc
	client        *http.Client
	posting       sync.WaitGroup
	memory        *memory // nil: on loopback

	mu           sync.Mutex
	changed      chan struct{} // closed at every change
	id           uint64
	requests     []Request
	violations   []string
	faults       []*injected
	commands     map[string][]byte // by guild, as put
	channels     map[string]*channel
	nonces       map[string]*Message     // of the bot's messages
	attachments  map[string]attachment   // files that people put into forms
	interactions map[string]*Interaction // by token
	sessions     map[*session]struct{}   // connections that are open
	ready        int                     // sessions that were ever READY
	identified   int
	identifiedAt time.Time
	resumed      int
	lasting      map[string]*lasting // sessions that can be resumed
	script       Script
	deliverTo    string
	patience     time.Duration
	limits       *limits // nil: none
}

// Setting changes how a Fake is made.
type Setting func(*Fake)

// Lenient lets people use commands and options that were never registered.
func Lenient(f *Fake) { f.lenient = true }

// Lean keeps no record of requests and finished interactions and checks
// nothing, for benchmarks. It implies Lenient.
func Lean(f *Fake) { f.lean, f.lenient = true, true }

// Patience sets how long a test waits for what has to come. A test that tries
// again what may fail wants less than the [DefaultPatience] of others.
func Patience(d time.Duration) Setting { return func(f *Fake) { f.patience = d } }

// DefaultPatience ends only tests for which nothing comes any more.
const DefaultPatience = 5 * time.Minute

// Ids of Discord's begin with the milliseconds since its epoch.
const (
	epoch = 1_420_070_400_000
	shift = 22
)

// New starts a Discord that ends with the test. What the bot did wrong till
// then fails the test.
func New(tb testing.TB, settings ...Setting) *Fake {
	tb.Helper()
	seed := sha256.Sum256([]byte(tb.Name()))
	f := &Fake{
		patience: DefaultPatience,
		Token:    "bot-token-" + hex.EncodeToString(seed[:12]),
		AppID:    "1200000000000000001", Guild: "1200000000000000002", Channel: "1200000000000000003",
		key: ed25519.NewKeyFromSeed(seed[:]), now: time.Now,
		changed:  make(chan struct{}),
		commands: map[string][]byte{}, channels: map[string]*channel{},
		nonces: map[string]*Message{}, interactions: map[string]*Interaction{}, sessions: map[*session]struct{}{},
		attachments: map[string]attachment{}, lasting: map[string]*lasting{},
	}
	for _, set := range settings {
		set(f)
	}
	if !f.lean {
		f.spec = discordspec.Load(tb)
	}
	f.ctx, f.end = context.WithCancel(context.Background())
	f.client = &http.Client{Transport: &http.Transport{}}
	f.server = httptest.NewUnstartedServer(f.routes())
	if f.memory != nil {
		_ = f.server.Listener.Close()
		f.server.Listener = f.memory
	}
	f.server.Start()
	f.URL = f.server.URL
	tb.Cleanup(func() {
		f.Stop()
		for _, v := range f.Violations() {
			tb.Errorf("discord: %s", v)
		}
	})
	return f
}

// Stop ends the server and every connection. A second time does nothing.
func (f *Fake) Stop() {
	f.mu.Lock()
	for _, fault := range f.faults {
		fault.lift()
	}
	f.faults = nil
	f.mu.Unlock()
	f.end()
	f.posting.Wait()
	f.client.CloseIdleConnections()
	f.Drop()
	f.server.CloseClientConnections()
	f.server.Close()
}

// PublicKey is the key that interactions by HTTP are signed with, in
// hexadecimal.
func (f *Fake) PublicKey() string {
	return hex.EncodeToString(f.key.Public().(ed25519.PublicKey))
}

// DeliverTo makes interactions arrive by signed POST at a URL; "" returns to
// the gateway.
func (f *Fake) DeliverTo(url string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.deliverTo = url
}

// Violations has what the bot did wrong so far, a sentence each.
func (f *Fake) Violations() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.violations...)
}

// Forgive forgets what the bot did wrong, and returns it.
func (f *Fake) Forgive() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := f.violations
	f.violations = nil
	return v
}

// blame notes a violation. The lock is held.
func (f *Fake) blame(format string, a ...any) {
	if said := fmt.Sprintf(format, a...); !f.lean && !slices.Contains(f.violations, said) {
		f.violations = append(f.violations, said)
	}
	f.touch()
}

// touch wakes all who wait. The lock is held.
func (f *Fake) touch() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// nextID makes an id, which is greater than those before. The lock is held.
func (f *Fake) nextID() string {
	f.id = max(f.id+1, uint64(f.now().UnixMilli()-epoch)<<shift)
	return strconv.FormatUint(f.id, 10)
}

// wait returns what find finds, as soon as it does. find is called with the
// lock held.
func wait[T any](tb testing.TB, f *Fake, what string, find func() (T, bool)) T {
	tb.Helper()
	timeout := time.NewTimer(f.patience)
	defer timeout.Stop()
	for {
		f.mu.Lock()
		found, ok := find()
		changed := f.changed
		f.mu.Unlock()
		if ok {
			return found
		}
		select {
		case <-changed:
		case <-timeout.C:
			tb.Fatalf("discord: waited %s for %s\n%s", f.patience, what, f.tail())
		}
	}
}
