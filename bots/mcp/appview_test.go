package mcp_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"didops/bots/mcp"
)

const showsViews = `"extensions":{"io.modelcontextprotocol/ui":{"mimeTypes":["text/html;profile=mcp-app"]}}`

// listedTools are tools as a list has them.
type listedTools struct {
	Result struct {
		Tools []struct {
			Name string         `json:"name"`
			Meta map[string]any `json:"_meta"`
		} `json:"tools"`
		Contents []struct {
			MIME string         `json:"mimeType"`
			Text string         `json:"text"`
			Meta map[string]any `json:"_meta"`
		} `json:"contents"`
	} `json:"result"`
	Error *struct {
		Code int `json:"code"`
	} `json:"error"`
}

// TestOnlyWhoDeclaresViewsGetsThem holds that tools have a page, and the page is
// there, for clients that show it, in both eras and on both transports; for all
// others the list is what it was, to the byte.
func TestOnlyWhoDeclaresViewsGetsThem(t *testing.T) {
	t.Parallel()
	const uri = "ui://didops/result.html"
	for _, w := range ways() {
		for can, shows := range map[string]bool{
			"": false, showsViews: true, `"extensions":{"io.modelcontextprotocol/ui":{}}`: true,
			`"extensions":{"io.modelcontextprotocol/ui":{"mimeTypes":["text/plain"]}}`: false,
			`"extensions":{"io.modelcontextprotocol/tasks":{}}`:                        false,
		} {
			t.Run(w.String()+" "+can, func(t *testing.T) {
				t.Parallel()
				s := newOrderHarness(t).server(t, zerolog.Nop())
				ask := viewClient(t, s, w.over == "stdio", w.modern, can)
				raw := ask("tools/list", "")
				var list, page listedTools
				if err := json.Unmarshal([]byte(raw), &list); err != nil || len(list.Result.Tools) == 0 {
					t.Fatalf("%v in %s", err, raw)
				}
				if strings.Contains(raw, "ui://") != shows {
					t.Errorf("got a page in the list: %v, want %v", !shows, shows)
				}
				for _, tool := range list.Result.Tools {
					ui, _ := tool.Meta["ui"].(map[string]any)
					if shows && ui["resourceUri"] != uri {
						t.Errorf("%s: got %v, want the page", tool.Name, tool.Meta)
					}
				}
				if strings.Contains(ask("resources/list", ""), "ui://") {
					t.Error("the page is in the list of resources")
				}
				read := ask("resources/read", `"uri":"`+uri+`"`)
				if err := json.Unmarshal([]byte(read), &page); err != nil {
					t.Fatal(err)
				}
				if !shows {
					if page.Error == nil || strings.Contains(read, "<html") {
						t.Errorf("got %.200s, want no page", read)
					}
					return
				}
				if c := page.Result.Contents; len(c) != 1 || c[0].MIME != "text/html;profile=mcp-app" || c[0].Text != viewPage(t) || c[0].Meta["ui"] == nil {
					t.Errorf("got %.300s, want the page", read)
				}
			})
		}
	}
}

// viewClient is a client of an era over a transport, which can do what it says.
func viewClient(t *testing.T, s *mcp.Server, stdio, newer bool, can string) func(method, params string) string {
	t.Helper()
	says := func(text string) string { return strings.Replace(text, `apabilities":{}`, `apabilities":{`+can+`}`, 1) }
	message := func(method, params string) string {
		if newer {
			return says(modern("5", method, params))
		}
		return old("5", method, params)
	}
	if stdio {
		c := dial(t, s, carol())
		if !newer {
			c.send(says(initialize))
			c.receive()
		}
		return func(method, params string) string { c.send(message(method, params)); return c.receive() }
	}
	h := handler(t, s, mcp.HTTP{LoopbackPrincipal: carol()})
	session := ""
	if !newer {
		session = serve(h, post(says(initialize))).Header().Get("Mcp-Session-Id")
	}
	return func(method, params string) string {
		q := post(message(method, params), "Mcp-Session-Id", session)
		if newer {
			q = post(message(method, params), "Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", method)
			if method == "resources/read" {
				q.Header.Set("Mcp-Name", "ui://didops/result.html")
			}
		}
		return serve(h, q).Body.String()
	}
}

func viewPage(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("view/result.html")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestViewIsOneClosedFile holds what the page is made of: small, nothing from
// elsewhere, no way out, no markup out of a result, no call of a tool, and a
// policy by which no other script or style counts.
func TestViewIsOneClosedFile(t *testing.T) {
	t.Parallel()
	page := viewPage(t)
	if len(page) > 20_000 {
		t.Errorf("got %d bytes, want 20,000 at most", len(page))
	}
	for _, tag := range []string{"script", "style"} {
		parts := regexp.MustCompile(`(?s)<`+tag+`>(.*?)</`+tag+`>`).FindAllStringSubmatch(page, -1)
		if len(parts) != 1 || strings.Count(page, "<"+tag) != 1 {
			t.Fatalf("got %d of %s, want one without attributes", len(parts), tag)
		}
		sum := sha256.Sum256([]byte(parts[0][1]))
		if want := tag + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(page, want) {
			t.Errorf("the policy lacks %s", want)
		}
	}
	if !strings.Contains(page, `content="default-src 'none'; `) || strings.Contains(page, "unsafe-") {
		t.Error("the policy lets more in than the page needs")
	}
	for _, word := range []string{
		"innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(", "setAttribute", "fetch(", "XMLHttp", "WebSocket", "EventSource",
		"sendBeacon", "import(", "src=", "url(", "@import", "<link", "<iframe", "<form", "<button", "window.open", "localStorage", "tools/call", "ui/message",
		"resources/read", "update-model-context", "approve:", "order_approve", "http://",
	} {
		if strings.Contains(page, word) {
			t.Errorf("%s is in the page", word)
		}
	}
	if m := regexp.MustCompile(`\son\w+\s*=\s*"`).FindString(page); m != "" {
		t.Errorf("the page has a handler in its markup: %s", m)
	}
}
