package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// searches are what clients look for, in turn. Each finds something.
var searches = []string{ //nolint:gochecknoglobals // a constant
	`{"country":"AE","type":"mobile"}`,
	`{"country":"GB","sms":true}`,
	`{"country":"DE","sort":"setup_fee"}`,
	`{"country":"US","max_monthly_fee":"15"}`,
	`{"country":"FR","documents":"not_required"}`,
	`{"pattern":"*77","limit":5}`,
	`{"type":"tollfree","sort":"first_year_cost"}`,
	`{"country":"AE","limit":25}`,
}

// kind is which server is measured.
type kind string

const (
	didops kind = "didops"
	sdk    kind = "Go SDK"
)

var (
	exchangeSays  = regexp.MustCompile(`SANDBOX exchange on http://(\S+) `)
	didopsSays    = regexp.MustCompile(`"address":"([^"]+)","time":"[^"]*","message":"serving"`)
	yardstickSays = regexp.MustCompile(`serving (\S+)\n`)
)

// world is what the measurements share: an exchange, and a configuration that
// names it and every client.
type world struct {
	dir      string
	program  string // didops
	self     string // this program, which also is the SDK's server
	env      []string
	config   string
	tokens   []string // one for each client
	exchange *process
	started  int      // servers, for the names of their logs
	said     []string // to each of the searches, by whichever server was first
}

// newWorld starts the exchange. The world must be closed.
func newWorld(ctx context.Context, dir string, p plan) (*world, error) {
	w := &world{
		dir: dir, program: p.didops, config: filepath.Join(dir, "config.toml"),
		env: []string{"HOME=" + dir},
	}
	var err error
	if w.self, err = os.Executable(); err != nil {
		return nil, err
	}
	w.exchange, err = start(ctx, filepath.Join(dir, "exchange.log"), exchangeSays, w.env,
		p.didops, "sandbox", "--listen", "127.0.0.1:0", "--numbers", fmt.Sprint(p.numbers))
	if err != nil {
		return nil, err
	}
	if err := w.configure(p.clients); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// configure writes the configuration. Nothing is switched off: the limit per
// caller is counted and just out of reach. What replicas share is their store.
func (w *world) configure(clients int) error {
	var text strings.Builder
	_, _ = fmt.Fprintf(&text, `[exchange]
url = "http://%s"
api_login = "sandbox"
api_key = "sandbox"
requests_per_second = 100
cache = "10m"

[market]
mirror = "off"

[store]
url = "sqlite:%s"

[log]
format = "json"

[http]
listen = "127.0.0.1:0"
requests_per_minute = 1000000
`, w.exchange.address, filepath.Join(w.dir, "orders.db"))
	for i := range clients {
		token := rand.Text()
		w.tokens = append(w.tokens, token)
		_, _ = fmt.Fprintf(&text, "\n[[http.clients]]\nname = \"client-%d\"\ntoken_sha256 = \"%x\"\nrole = \"requester\"\n", i, sha256.Sum256([]byte(token)))
	}
	return os.WriteFile(w.config, []byte(text.String()), 0o600)
}

// close ends the exchange.
func (w *world) close() { w.exchange.stop() }

// serve starts a server.
func (w *world) serve(ctx context.Context, k kind) (*process, error) {
	w.started++
	log := filepath.Join(w.dir, fmt.Sprintf("server-%d.log", w.started))
	if k == sdk {
		return start(ctx, log, yardstickSays, w.env, w.self, yardstickCommand, w.config)
	}
	return start(ctx, log, didopsSays, w.env, w.program, "serve", "--config", w.config)
}

// same sees that a server says the same to a search as the first one did.
func (w *world) same(search int, body []byte) error {
	said, err := contentOf(body)
	if err != nil {
		return fmt.Errorf("%s: %w", searches[search], err)
	}
	if len(w.said) == search {
		w.said = append(w.said, said)
	}
	if w.said[search] != said {
		return fmt.Errorf("%s: two servers answer differently: %.300q and %.300q", searches[search], w.said[search], said)
	}
	return nil
}
