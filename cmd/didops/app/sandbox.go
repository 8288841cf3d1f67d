package app

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"didops/internal/config"
	"didops/internal/exchange/sandbox"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/tools"
	"didops/tools/did"
)

// sandboxFlags are what "didops sandbox" takes.
type sandboxFlags struct {
	listen  string
	numbers int
	seed    uint64
	faults  []string
}

func (a *app) sandboxCommand() *cobra.Command {
	var f sandboxFlags
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve the emulated exchange over HTTP, with the API of TCXC",
		Long: "Serve the emulated exchange over HTTP until interrupted. It has the API of the real one, and shares what " +
			"was bought with every didops of this user that runs without an exchange.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serveSandbox(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8932", "`ADDRESS` to listen on")
	flags.IntVar(&f.numbers, "numbers", sandbox.DefaultNumbers, "size of the market, 100 to 1000000")
	flags.Uint64Var(&f.seed, "seed", sandboxSeed, "which market: same seed and size, same numbers")
	flags.StringArrayVar(&f.faults, "fault", nil, `misbehave, such as "market:status code=429 times=2"; repeatable`)
	cmd.AddCommand(&cobra.Command{
		Use:   "reset",
		Short: "Give back everything that was bought in the sandbox",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.resetSandbox(cmd.Context()) },
	})
	return cmd
}

func (a *app) serveSandbox(ctx context.Context, f sandboxFlags) error {
	var faults []sandbox.Fault
	for _, text := range f.faults {
		parsed, err := sandbox.ParseFault(text)
		if err != nil {
			return invalid("fault", "%v", err)
		}
		faults = append(faults, parsed)
	}
	market, err := a.sandbox(sandbox.Options{Seed: f.seed, Numbers: f.numbers, Digest: true, Control: onLoopback(f.listen)})
	if err != nil {
		return err
	}
	if err := a.checkState(); err != nil {
		return err
	}
	market.Script(faults...)
	socket, err := listenOn(ctx, "listen", f.listen)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(a.Out, sandboxGreeting, socket.Addr(), sandboxLogin, sandboxKey); err != nil {
		return err
	}
	return serveOn(ctx, socket, &http.Server{Handler: market, ReadHeaderTimeout: 10 * time.Second})
}

const sandboxGreeting = `SANDBOX exchange on http://%[1]s (end with Ctrl-C). To use it, configure:

[exchange]
url = "http://%[1]s"
api_login = "%[2]s"
api_key = "%[3]s"
`

// checkState says before the first purchase that it could not be kept.
func (a *app) checkState() error {
	path, err := a.sandboxState()
	if err != nil {
		return err
	}
	if err := sandbox.CheckState(path); err != nil {
		return unkept("the state of the sandbox can't be kept in %s", path, err)
	}
	return nil
}

// unkept is the error of a state file that is out of reach; the message names
// its folder.
func unkept(message, path string, err error) error {
	return fault.New(fault.Unavailable, message, filepath.Dir(path)).
		WithHint("make the folder writable, or set XDG_STATE_HOME to one that is").WithCause(err)
}

func (a *app) sandboxState() (string, error) {
	dir, err := config.StateDir(a.Getenv)
	if err != nil {
		return "", fault.New(fault.Invalid, "there is no place for the state of the sandbox").
			WithHint("set HOME or XDG_STATE_HOME").WithCause(err)
	}
	return filepath.Join(dir, "sandbox.db"), nil
}

func (a *app) resetSandbox(ctx context.Context) error {
	market, err := a.sandbox(sandbox.Options{Seed: sandboxSeed})
	if err != nil {
		return err
	}
	orders, err := a.sandboxOrders(ctx)
	if err != nil {
		return err
	}
	if err := a.missed(ctx); err != nil {
		return err
	}
	if err := market.Reset(ctx); err != nil {
		return fault.New(fault.Unavailable, "the state of the sandbox could not be emptied").WithCause(err)
	}
	if m := a.mirror(&config.Config{Market: config.Market{Mirror: config.On}}); m != nil {
		if err := m.Clear(ctx); err != nil {
			a.forgets()(err)
		}
	}
	// Orders know what they bought better than lists that lag; of this they can't know.
	by := identity.Caller{Principal: a.person(ctx), Frontend: identity.FrontShell}
	if _, err := orders.GivenBack(ctx, by, "the sandbox was emptied"); err != nil {
		return err
	}
	if a.flags.JSON {
		return a.writeJSON(map[string]bool{"sandbox": true, "reset": true})
	}
	_, err = fmt.Fprintln(a.Out, "SANDBOX: nothing is bought any more.")
	return err
}

// sandboxOrders returns the orders in the built-in sandbox, whatever exchange
// is configured. It opens nothing yet.
func (a *app) sandboxOrders(ctx context.Context) (*order.Engine, error) {
	configured, err := a.config()
	if err != nil {
		return nil, err
	}
	c := *configured
	c.Exchange.URL = ""
	numbers, err := a.exchange(&c)
	if err != nil {
		return nil, err
	}
	declarations, err := did.All(numbers)
	if err != nil {
		return nil, fmt.Errorf("declare the operations: %w", err)
	}
	return a.orders(ctx, &c, tools.Handlers(declarations))
}

func onLoopback(listen string) bool {
	hostname, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	if hostname == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(hostname)
	return err == nil && ip.IsLoopback()
}
