package app

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"didops/bots/chat"
	"didops/bots/discord"
	"didops/bots/mcp"
	"didops/bots/shell"
	"didops/bots/web"
	"didops/internal/order"
	"didops/tools"
)

// TestFacesCanNotReachTheService walks over every type that a front end can
// get at from what it is given, by exported fields, methods and functions: none
// of them decides orders, sends lines or sets the gate.
func TestFacesCanNotReachTheService(t *testing.T) {
	t.Parallel()
	service := reflect.TypeFor[order.Service]()
	forbidden := []reflect.Type{
		service, reflect.TypeFor[*order.Engine](), reflect.TypeFor[order.Engine](), reflect.TypeFor[order.Handler](),
		reflect.TypeFor[order.Store](), reflect.TypeFor[tools.GateConfig](), reflect.TypeFor[tools.Declaration](),
	}
	seen := map[reflect.Type]bool{}
	var walk func(path string, typ reflect.Type)
	walk = func(path string, typ reflect.Type) {
		if seen[typ] || typ.PkgPath() != "" && !strings.HasPrefix(typ.PkgPath(), "didops/") {
			return
		}
		seen[typ] = true
		if slices.Contains(forbidden, typ) {
			t.Errorf("%s reaches %s", path, typ)
			return
		}
		if typ.Implements(service) {
			t.Errorf("%s reaches %s, which decides orders", path, typ)
		}
		for m := range typ.Methods() {
			walk(path+"."+m.Name, m.Type)
		}
		switch typ.Kind() {
		case reflect.Struct:
			for f := range typ.Fields() {
				if f.IsExported() {
					walk(path+"."+f.Name, f.Type)
				}
			}
		case reflect.Func:
			for in := range typ.Ins() {
				walk(path+"()", in)
			}
			for out := range typ.Outs() {
				walk(path+"()", out)
			}
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
			walk(path, typ.Elem())
		case reflect.Map:
			walk(path, typ.Key())
			walk(path, typ.Elem())
		default: // has nothing below it but its methods
		}
	}
	for _, given := range []reflect.Type{
		reflect.TypeFor[*tools.Gate](), reflect.TypeFor[discord.Config](), reflect.TypeFor[chat.Config](), reflect.TypeFor[mcp.Config](), reflect.TypeFor[mcp.HTTP](), reflect.TypeFor[shell.Config](), reflect.TypeFor[web.Config](),
	} {
		walk(given.String(), given)
	}
	if len(seen) < 50 {
		t.Errorf("got %d types, want the walk to get somewhere", len(seen))
	}
	for f := range reflect.TypeFor[tools.Gate]().Fields() {
		if f.IsExported() {
			t.Errorf("the gate has the exported field %s", f.Name)
		}
	}
	if _, decides := any(new(order.Engine).Feed()).(order.Service); decides {
		t.Error("the feed can be made a service")
	}
}

// attempts are statements by which a front end would go around a person's
// approval, each with what the compiler says of it.
func attempts() map[string]string {
	return map[string]string{
		`_, _ = gate.Orders.Decide(ctx, order.DecideRequest{Approve: true})`: "gate.Orders.Decide undefined",
		`_, _ = gate.orders.Decide(ctx, order.DecideRequest{Approve: true})`: "gate.orders undefined",
		`gate.readOnly = false`:                                                           "gate.readOnly undefined",
		`gate.GateConfig = tools.GateConfig{}`:                                            "gate.GateConfig undefined",
		`*gate = tools.Gate{Orders: nil}`:                                                 "unknown field Orders",
		`var service order.Service = feed; _ = service`:                                   "does not implement order.Service",
		`_, _ = feed.Decide(ctx, order.DecideRequest{})`:                                  "feed.Decide undefined",
		`_, _ = feed.Place(ctx, order.PlaceRequest{})`:                                    "feed.Place undefined",
		`_, _ = tool.run(ctx, nil, false)`:                                                "tool.run undefined",
		`_ = tool.Handler()`:                                                              "tool.Handler undefined",
		`_ = result.Question.Approve()`:                                                   "result.Question.Approve undefined",
		`_, _ = gate.Answer(ctx, order.Question{}, call, tools.Answer{Reply: tools.Yes})`: "cannot use order.Question{}",
	}
}

// TestGoingAroundTheGateDoesNotCompile builds a front end with a file that
// tries it, and with one that does only what it may.
func TestGoingAroundTheGateDoesNotCompile(t *testing.T) {
	t.Parallel()
	if out, err := buildWith(t, `_, _ = gate.Order(ctx, "", call)`); err != nil {
		t.Fatalf("what a front end may do does not compile: %s", out)
	}
	for attempt, want := range attempts() {
		out, err := buildWith(t, attempt)
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("%s: got %v and %q, want the compiler to say %q", attempt, err, out, want)
		}
	}
}

// buildWith builds the front end of Discord with a file more, which has the
// statement.
func buildWith(t *testing.T, statement string) (string, error) {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	source := fmt.Sprintf(`package discord

import (
	"context"

	"didops/internal/order"
	"didops/tools"
)

func attempt(ctx context.Context, gate *tools.Gate, feed order.Feed, tool *tools.Tool, result tools.Result, call tools.Call) {
	_, _, _, _, _, _ = ctx, gate, feed, tool, result, call
	%s
}

var _ = attempt
`, statement)
	dir := t.TempDir()
	file, overlay := filepath.Join(dir, "attempt.go"), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(root, "bots/discord/attempt.go"): file}})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{file: source, overlay: string(replace)} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", os.DevNull, "-overlay", overlay, "didops/bots/discord").CombinedOutput()
	return string(out), err
}
