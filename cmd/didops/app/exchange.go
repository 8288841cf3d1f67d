package app

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"time"

	"didops/internal/config"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
	"didops/internal/handle"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/tools"
	"didops/tools/did"
	digestops "didops/tools/digest"
)

// sandboxURL is where the built-in sandbox answers: in memory, never on a
// socket. It is on loopback, because the client signs for plain HTTP only
// there.
const sandboxURL = "http://127.0.0.1"

// The credentials of the sandbox are no secret.
const (
	sandboxLogin = "sandbox"
	sandboxKey   = "sandbox"
	sandboxSeed  = 1
)

// What is bought in the sandbox goes to nobody and costs nothing, so it can be
// tried out with nothing configured.
const (
	sandboxAccount = 1
	sandboxContact = "sip:{number}@sip.example.net:5060"
	sandboxSMPP    = "smpp:sandbox:sandbox:{number}@smpp.example.net:2776"
)

// exchangeClock returns by how much the clock of an exchange is ahead of ours, as
// far as that is known.
type exchangeClock func() (ahead time.Duration, known bool)

// exchange opens the exchange that the configuration names, and returns what
// the operations on numbers need of it and of the configuration.
func (a *app) exchange(c *config.Config) (did.Config, error) {
	client, err := a.client(c)
	if err != nil {
		return did.Config{}, err
	}
	r := client.Reader()
	a.reader, a.history, a.skew = r, r, client.Skew
	redactor := a.redactor(c)
	numbers := did.Config{
		Reader: a.reader, Writer: client.ReadWriter(), Scope: c.Exchange.URL + " " + c.Exchange.Login,
		Currency: c.Exchange.Currency, MaxRows: c.Exchange.MaxRows, Deadline: c.Exchange.ReadDeadline, Cache: c.Exchange.Cache, Now: a.Now, Patience: a.Patience,
		Routing:        did.Routing{Contact: c.Routing.Contact, SMPPContact: c.Routing.SMPPContact.Reveal(), Hosts: c.Routing.Hosts, Secret: func(text string) bool { return redactor().Holds(text) }},
		BillingAccount: c.Exchange.BillingAccount, BillingAccounts: c.Exchange.BillingAccounts, MaxNumbers: a.mostNumbers,
		Mirror: a.mirror(c), MaxAge: c.Market.MaxAge, Forgets: a.forgets(),
		Handles: func() handle.Store { return a.handles }, Results: func() handle.Results { return a.results }, Moved: a.moved,
		Carried: a.carried, Inventory: owned{a}, Count: a.counted, Prompts: []tools.Prompt{digestops.Prompt(a.page)},
	}
	if c.Exchange.Messages {
		numbers.Messenger = client.Writer()
	}
	if c.Sandbox() {
		r := &numbers.Routing
		r.Contact, r.SMPPContact = cmp.Or(r.Contact, sandboxContact), cmp.Or(r.SMPPContact, sandboxSMPP)
		numbers.BillingAccount = cmp.Or(numbers.BillingAccount, sandboxAccount)
	}
	return numbers, nil
}

// moved is what orders have bought or given up since a moment.
func (a *app) moved(ctx context.Context, since time.Time) (order.Moves, error) {
	if a.engine == nil {
		return nil, nil
	}
	return a.engine.Moved(ctx, since)
}

// carried is what an order has carried out.
func (a *app) carried(ctx context.Context, id string, by identity.Caller) (order.Carried, error) {
	if a.engine == nil {
		return order.Carried{}, fault.New(fault.NotFound, "there is no order %s", id)
	}
	return a.engine.Carried(ctx, id, by)
}

// mostNumbers is how many numbers an order may have at the moment.
func (a *app) mostNumbers() int {
	if c := a.active.Load(); c != nil {
		return c.Limits.MaxNumbersPerOrder
	}
	return 0
}

func (a *app) client(c *config.Config) (*tcxc.Client, error) {
	log := a.log()
	o := tcxc.Options{
		Auth: tcxc.Auth(c.Exchange.Auth), URL: c.Exchange.URL, Login: c.Exchange.Login, Key: c.Exchange.Key.Reveal(),
		Style: tcxc.Style(c.Exchange.Style), ListPath: c.Exchange.ListPath, Timeout: c.Exchange.Timeout,
		RequestsPerSecond: c.Exchange.RequestsPerSecond, Share: c.Market.Share, PageSize: c.Exchange.PageSize,
		Paging: tcxc.Paging(c.Exchange.Paging), ReadDeadline: c.Exchange.ReadDeadline,
		Now: a.Now, Log: &log, Proxy: http.ProxyFromEnvironment,
		Observe: a.requested, Failed: a.metrics.ExchangeFailed,
	}
	if c.Sandbox() {
		if err := a.useSandbox(&o); err != nil {
			return nil, err
		}
	}
	client, err := tcxc.New(o)
	if err != nil {
		return nil, err
	}
	a.closes(func() error { client.Close(); return nil })
	return client, nil
}

// requested counts a request to the exchange.
func (a *app) requested(r tcxc.Request) {
	a.metrics.Exchange(r.Operation, r.Status, r.Duration)
	if r.Background {
		a.metrics.Background()
	}
}

// useSandbox lets the client speak to the built-in sandbox as it is served by
// default, whatever the configuration says about a real exchange.
func (a *app) useSandbox(o *tcxc.Options) error {
	market, err := a.sandbox(sandbox.Options{Seed: sandboxSeed})
	if err != nil {
		return err
	}
	o.URL, o.Login, o.Key, o.Dial = sandboxURL, sandboxLogin, sandboxKey, market.Dial
	o.Auth, o.Style, o.ListPath, o.Paging, o.RequestsPerSecond = tcxc.Signature, tcxc.REST, "", tcxc.Rows, 0
	return nil
}

// sandbox opens the emulated exchange with the state that all processes of
// the user share. Its errors are Unavailable where that state is out of reach,
// and Invalid for a place of it that can't be told or an option out of bounds.
func (a *app) sandbox(o sandbox.Options) (*sandbox.Server, error) {
	state, err := a.sandboxState()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(state); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, unkept("the state of the sandbox can't be read in %s", state, err)
	}
	o.State, o.Login, o.Key, o.Now, o.Log = state, sandboxLogin, sandboxKey, a.Now, a.log()
	s, err := sandbox.New(o)
	if err != nil {
		return nil, invalid("numbers", "%v", err)
	}
	a.closes(s.Close)
	return s, nil
}
