package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/testing/fakeorders"
	"didops/internal/testing/fixture"
	"didops/tools"
	operations "didops/tools/order"
)

// carol asks for orders, and answers for them on the page.
func carol() identity.Principal {
	return identity.Principal{Realm: identity.Web, ID: "Carol", Name: "Carol", Role: identity.Requester}
}

var formOf = regexp.MustCompile(`(?s)<details( open)?><summary>[^<]*</summary>\s*<form method="post" action="/desk/orders/[^/"]+/([a-z]+)">(.*?)</form>`)

// forms are the forms of a page that decide nothing, by what they do, and which of
// them are open.
func (a answer) forms() (names []string, open map[string]bool, inside map[string]string) {
	open, inside = map[string]bool{}, map[string]string{}
	for _, m := range formOf.FindAllStringSubmatch(a.text, -1) {
		names, open[m[2]], inside[m[2]] = append(names, m[2]), m[1] != "", m[3]
	}
	return names, open, inside
}

// order is an order as it is kept.
func (d *desk) order(tb testing.TB, id string) order.Order {
	tb.Helper()
	list := d.All()
	i := slices.IndexFunc(list, func(o order.Order) bool { return o.ID == id })
	if i < 0 {
		tb.Fatalf("got no order %s", id)
	}
	return list[i]
}

// everyForm is a form for each deed, as somebody would fill it in.
func everyForm() map[string][]string {
	return map[string][]string{
		"ask": {"text", "why Dubai?"}, "answer": {"text", "our carrier is there"}, "comment": {"text", "seen"},
		"edit": {"remove", "+97150000002"}, "reassign": {"to", "Bob"},
	}
}

// TestFormsAreForWhoMayUseThem holds which forms somebody is shown, of which
// those of an answer that is waited for are open.
func TestFormsAreForWhoMayUseThem(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	others, own := d.place(t, "line_buy", buying), d.placeAs(t, carol(), "line_buy", buying)
	drill, err := d.Drill(t.Context(), identity.Caller{Principal: fixture.Principal("bob", identity.Approver), Frontend: identity.FrontShell}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	asked := d.placeAs(t, carol(), "line_drop", dropping)
	d.Change(asked, func(o *order.Order) {
		o.WaitsFor, o.Talk = "requester", []order.RemarkView{{Realm: identity.Web, Name: "Alice", Kind: order.RemarkAsked, Text: "why?", At: fixture.Moment()}}
	})
	done := d.place(t, "line_buy", dropping)
	d.Change(done, fakeorders.To(order.Completed, order.LineDone, "Done."))
	for _, tt := range []struct{ who, id, want string }{
		{"Alice", others, "ask comment edit reassign"},
		{"Carol", own, "comment"},
		{"Carol", asked, "answer! comment"},
		{"Alice", asked, "ask comment edit reassign"},
		{"Carol", others, ""},
		{"Dave", others, ""},
		{"Alice", drill.ID, ""},
		{"Alice", done, ""},
	} {
		names, open, _ := d.signedIn(t, tt.who).get("/orders/" + tt.id).forms()
		for i, name := range names {
			if open[name] {
				names[i] += "!"
			}
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("%s at %s: got %q, want %q", tt.who, tt.id, got, tt.want)
		}
	}
	d.after(time.Hour)
	if names, _, _ := d.signedIn(t, "Alice").get("/orders/" + others).forms(); len(names) > 0 {
		t.Errorf("got %v of an order out of time", names)
	}
}

// TestFormsHoldAllParameters holds that the page has a field for each parameter
// of an operation that it has a form for.
func TestFormsHoldAllParameters(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.placeAs(t, carol(), "line_buy", buying)
	_, _, inside := d.signedIn(t, "Alice").get("/orders/" + id).forms()
	d.Change(id, func(o *order.Order) { o.WaitsFor = "requester" })
	_, _, asked := d.signedIn(t, "Carol").get("/orders/" + id).forms()
	inside["answer"] = asked["answer"]
	catalog, err := tools.NewCatalog(operations.Operations(d.Service)...)
	if err != nil {
		t.Fatal(err)
	}
	for name := range everyForm() {
		tool, ok := catalog.Tool("order_" + name)
		if !ok {
			t.Fatalf("there is no operation order_%s", name)
		}
		for _, p := range tool.Params() {
			if p.Name != "id" && !strings.Contains(inside[name], `name="`+p.Name+`"`) {
				t.Errorf("%s: got no field for %s in %s", name, p.Name, inside[name])
			}
		}
	}
}

// TestTalkOnThePage asks, answers, comments and hands over, and shows what was
// said, escaped. None of it decides.
func TestTalkOnThePage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	alice, owner := d.signedIn(t, "Alice"), d.signedIn(t, "Carol")
	id := d.placeAs(t, carol(), "line_buy", buying)
	for _, step := range []struct {
		by     *browser
		deed   string
		fields []string
		said   string
		shows  []string
	}{
		{alice, "ask", []string{"text", "why <i>Dubai</i>?\r\nand now?"}, "asked", []string{"It is asked", "“why &lt;i&gt;Dubai&lt;/i&gt;?", "by “Alice” (on the web page)"}},
		{owner, "answer", []string{"text", "our carrier & its \"desk\""}, "answered", []string{"The answer is sent", "“our carrier &amp; its &#34;desk&#34;”"}},
		{owner, "comment", []string{"text", "'); </script>"}, "commented", []string{"The comment stands", "&lt;/script&gt;"}},
		{alice, "reassign", []string{"to", "role:finance"}, "reassigned", []string{"handed over", "“role:finance”"}},
	} {
		got := step.by.post("/orders/"+id+"/"+step.deed, step.fields...)
		if want := "/orders/" + id + "?said=" + step.said; got.status != http.StatusSeeOther || got.lead != want {
			t.Fatalf("%s: got %d to %q, want %q: %s", step.deed, got.status, got.lead, want, got.text)
		}
		step.by.get(got.lead).has(t, append(step.shows, `role="status"`)...)
	}
	if talk := d.order(t, id).Talk; len(talk) != 3 || strings.Contains(talk[0].Text, "\r") {
		t.Errorf("got %+v, want three remarks, with plain ends of lines", talk)
	}
	if len(d.decided()) > 0 || d.order(t, id).State != order.Pending {
		t.Errorf("got %v, want nothing decided", d.decided())
	}
}

// TestEditOnThePage leads to the order that takes the place of the one that was
// edited, which is decided there. Each says of the other.
func TestEditOnThePage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.signedIn(t, "Alice")
	id := d.place(t, "line_buy", buying)
	page := b.get("/orders/" + id)
	page.has(t, `name="remove" value="+97150000001"`, "This one is void then.", "order of its own")
	got := b.post("/orders/"+id+"/edit", "remove", "+97150000002", "contact", "", "max_monthly_fee", "")
	if got.status != http.StatusSeeOther || got.lead != "/orders/sb-0002?said=edited" {
		t.Fatalf("got %d to %q: %s", got.status, got.lead, got.text)
	}
	made := b.get(got.lead)
	made.has(t, "This order takes the place of the one that was edited", `href="/desk/orders/`+id+`"`, "+97150000001", `value="approve">`)
	if strings.Contains(made.text, "+97150000002") {
		t.Error("got the number that was left out")
	}
	old := b.get("/orders/" + id)
	old.has(t, `href="/desk/orders/sb-0002"`, "which takes its place")
	if names, _, _ := old.forms(); len(names) > 0 || strings.Contains(old.text, `name="decision"`) {
		t.Errorf("got %v and a decision for an order that is void", names)
	}
	if again := b.post("/orders/"+id+"/decide", "decision", "approve", "terms", page.terms(t)); again.status != http.StatusConflict || len(d.decided()) > 0 {
		t.Errorf("got %d %v of the terms of before", again.status, d.decided())
	}
	if one := b.post("/orders/sb-0002/decide", "decision", "approve", "terms", made.terms(t)); one.status != http.StatusSeeOther {
		t.Errorf("got %d %s", one.status, one.text)
	}
}

// TestRefusalsAreBesideTheForm holds that a form which did nothing says why, with
// what was typed, where it is looked for and heard.
func TestRefusalsAreBesideTheForm(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.signedIn(t, "Alice")
	id := d.place(t, "line_buy", buying)
	atFault := `aria-invalid="true" aria-describedby="problem" autofocus`
	for name, tt := range map[string]struct {
		deed   string
		fields []string
		status int
		has    []string
		never  []string
	}{
		"nothing asked":   {"ask", []string{"text", ""}, 422, []string{atFault, "The text is missing: what to say."}, nil},
		"too long":        {"comment", []string{"text", strings.Repeat("<", 201)}, 422, []string{atFault, strings.Repeat("&lt;", 201), "200"}, nil},
		"much too long":   {"comment", []string{"text", strings.Repeat("y", 5000)}, 422, []string{strings.Repeat("y", 500)}, []string{strings.Repeat("y", 1001)}},
		"a secret":        {"ask", []string{"text", strings.Repeat("why? ", 50) + "password: geheim9"}, 422, []string{"why? why?", "***"}, []string{"geheim9"}},
		"nothing changed": {"edit", []string{"remove", ""}, 422, []string{"Nothing would change.", `id="problem" role="alert" tabindex="-1" autofocus`}, []string{"aria-invalid"}},
		"no amount":       {"edit", []string{"max_monthly_fee", "dear", "contact", "sip:desk@sip.example.net"}, 422, []string{atFault, `value="dear"`, `value="sip:desk@sip.example.net"`, "The most a month must be an amount"}, nil},
		"all left out": {
			"edit", []string{"remove", "+97150000001\n+97150000002"}, 422, []string{"Nothing of order " + id + " would be left.", `tabindex="-1" autofocus`}, []string{"aria-invalid"},
		},
		"a password": {
			"edit", []string{"max_monthly_fee", "x", "contact", "smpp:acme:geheim9@smpp.example.net"}, 422, []string{`name="contact" inputmode="url" autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="400" value=""`}, []string{"geheim9"},
		},
		"to nobody": {"reassign", []string{"to", ""}, 422, []string{atFault, "Who is asked is missing: "}, nil},
	} {
		got := b.post("/orders/"+id+"/"+tt.deed, tt.fields...)
		if got.status != tt.status {
			t.Errorf("%s: got %d, want %d: %s", name, got.status, tt.status, got.text)
		}
		_, open, inside := got.forms()
		if !open[tt.deed] || len(open) != 4 {
			t.Errorf("%s: got %v open, want that form", name, open)
		}
		for _, text := range append(tt.has, `role="alert"`) {
			if !strings.Contains(inside[tt.deed], text) {
				t.Errorf("%s: got %s, want %q in it", name, inside[tt.deed], text)
			}
		}
		for _, text := range tt.never {
			if strings.Contains(got.text, text) {
				t.Errorf("%s: got %q in %s", name, text, got.text)
			}
		}
		if n := strings.Count(got.text, "autofocus"); n != 1 {
			t.Errorf("%s: got %d places to begin at", name, n)
		}
		if err := judged(got.text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list := d.All(); len(list) != 1 || len(list[0].Talk) > 0 || list[0].AskedOf != "" {
		t.Errorf("got %+v, want nothing done", list)
	}
	ticked := b.post("/orders/"+id+"/edit", "remove", "+97150000002", "max_monthly_fee", "x")
	ticked.has(t, `value="+97150000002" checked`)
	if strings.Contains(ticked.text, `value="+97150000001" checked`) {
		t.Error("got a tick that nobody set")
	}
}

// TestFormsOfOthers are refused in words, and do nothing.
func TestFormsOfOthers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.place(t, "line_buy", buying)
	for who, may := range map[string][]string{"Alice": {"ask", "comment", "edit", "reassign"}, "Carol": nil, "Dave": nil, "": nil} {
		b := d.browser(t)
		if who != "" {
			b = d.signedIn(t, who)
		}
		for name, fields := range everyForm() {
			if slices.Contains(may, name) {
				continue
			}
			got := b.post("/orders/"+id+"/"+name, fields...)
			if got.status != http.StatusForbidden {
				t.Errorf("%s: got %d of %q, want %d: %s", name, got.status, who, http.StatusForbidden, got.text)
			}
			if who != "" && name == "answer" {
				got.has(t, `role="alert"`, "What you wrote was not kept: “our carrier is there”")
			}
			if got := b.post("/orders/sb-9999/"+name, fields...); who != "" && got.status != http.StatusNotFound && got.status != http.StatusForbidden {
				t.Errorf("%s: got %d of an order that is not there", name, got.status)
			}
		}
	}
	if list := d.All(); len(list) != 1 || len(list[0].Talk) > 0 || list[0].AskedOf != "" || list[0].State != order.Pending {
		t.Errorf("got %+v, want nothing done", list)
	}
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		for name := range everyForm() {
			r := d.signedIn(t, "Alice").form("/orders/" + id + "/" + name)
			if r.Method = method; d.signedIn(t, "Alice").do(r).status < 400 {
				t.Errorf("%s of %s was answered", method, name)
			}
		}
	}
}

// TestFormsOfAnOrderThatWaitsNoMore say what became of it, and keep what was
// written on the page.
func TestFormsOfAnOrderThatWaitsNoMore(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		end  func(*desk, string)
		want string
	}{
		"out of time": {func(d *desk, _ string) { d.after(time.Hour) }, "expired at"},
		"decided": {func(d *desk, id string) {
			b := d.signedIn(t, "Bob")
			b.post("/orders/"+id+"/decide", "decision", "reject")
		}, "is decided: rejected by Bob"},
	} {
		d := newDesk(t)
		b := d.signedIn(t, "Alice")
		id := d.place(t, "line_buy", buying)
		tt.end(d, id)
		for deed, fields := range everyForm() {
			if deed == "answer" {
				continue
			}
			got := b.post("/orders/"+id+"/"+deed, fields...)
			if got.status != http.StatusConflict {
				t.Errorf("%s, %s: got %d, want %d", name, deed, got.status, http.StatusConflict)
			}
			got.has(t, `id="problem" role="alert" tabindex="-1" autofocus`, tt.want)
			if deed == "ask" || deed == "comment" {
				got.has(t, "What you wrote was not kept: “"+fields[1]+"”")
			}
			if strings.Contains(got.text, "<details") {
				t.Errorf("%s, %s: got a form for an order that waits no more", name, deed)
			}
		}
		if n := len(d.All()); n != 1 {
			t.Errorf("%s: got %d orders", name, n)
		}
	}
}

// TestEnterSendsNothing holds that in the forms that have fields of one line the
// first button, which Enter presses, is one that is disabled, and that no form of
// these holds a decision.
func TestEnterSendsNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.place(t, "line_buy", buying)
	names, _, inside := d.signedIn(t, "Alice").get("/orders/" + id).forms()
	if len(names) != 4 {
		t.Fatalf("got %v", names)
	}
	for name, form := range inside {
		_, first, _ := strings.Cut(form, "<button")
		first, _, _ = strings.Cut(first, ">")
		if lines := strings.Contains(form, "<input") || strings.Contains(form, "<select"); lines && !slices.Contains(strings.Fields(first), "disabled") {
			t.Errorf("%s: got %q as the first button, want one that is disabled", name, first)
		}
		for _, never := range []string{`name="decision"`, `name="terms"`, `value="approve"`, "formaction"} {
			if strings.Contains(form, never) {
				t.Errorf("%s: got %q in it", name, never)
			}
		}
	}
}

// TestTheMostThatIsSaid fits a page: the most remarks of the longest text of the
// worst characters, with the longest text typed anew.
func TestTheMostThatIsSaid(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.signedIn(t, "Alice")
	static := 0
	for _, name := range []string{"style.css", "app.js", "icon.svg"} {
		static += len(b.get("/static/x/" + name).text)
	}
	for _, worst := range []string{`"`, "&", "\U0001F4DE"} {
		id := d.place(t, "line_buy", fmt.Sprintf(`{"numbers":["+9715000%04d"]}`, len(d.All())))
		d.Change(id, func(o *order.Order) {
			for n := range order.MaxRemarks {
				kind := []order.RemarkKind{order.RemarkAsked, order.RemarkAnswered, order.RemarkMade}[n%3]
				o.Talk = append(o.Talk, order.RemarkView{Realm: identity.Discord, Name: strings.Repeat(worst, 60), Kind: kind, Text: strings.Repeat(worst, order.MaxRemark), At: fixture.Moment()})
			}
			o.AskedOf, o.Edit, o.Replaces, o.WaitsFor = strings.Repeat(worst, 100), strings.Repeat(worst, 400), "sb-0999", "requester"
		})
		long := b.post("/orders/"+id+"/comment", "text", strings.Repeat(worst, 16_000))
		for _, got := range []answer{b.get("/orders/" + id), long} {
			if size := len(strings.ReplaceAll(got.text, "+", "&#43;")) + static; size > 60_000 {
				t.Errorf("%q: got %d bytes with all that belongs to it", worst, size)
			}
			if err := judged(got.text); err != nil {
				t.Errorf("%q: %v", worst, err)
			}
		}
	}
}

// TestManyNumbersAndPeople are typed, and kept, where they are too many to be
// chosen from.
func TestManyNumbersAndPeople(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.signedIn(t, "Alice")
	var numbers []string
	for n := range 31 {
		numbers = append(numbers, fmt.Sprintf("%q", fmt.Sprintf("+9715000%04d", n)))
	}
	id := d.place(t, "line_buy", `{"numbers":[`+strings.Join(numbers, ",")+`]}`)
	_, _, inside := b.get("/orders/" + id).forms()
	if strings.Contains(inside["edit"], "checkbox") || !strings.Contains(inside["edit"], `<textarea id="edit-remove"`) {
		t.Errorf("got %s, want a text", inside["edit"])
	}
	got := b.post("/orders/"+id+"/edit", "remove", "+97150000002, +97150000003", "max_monthly_fee", "x")
	got.has(t, "+97150000002, +97150000003</textarea>")
	if code := got.status; code != http.StatusUnprocessableEntity {
		t.Errorf("got %d, want %s", code, fault.Invalid)
	}
}

// TestLongListsFit a page, whatever was said: what there is no room for is led to.
func TestLongListsFit(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.signedIn(t, "Alice")
	static := 0
	for _, name := range []string{"style.css", "app.js", "icon.svg"} {
		static += len(b.get("/static/x/" + name).text)
	}
	worst := strings.Repeat(`"`, order.MaxRemark)
	for n := range 100 {
		id := d.place(t, "line_buy", fmt.Sprintf(`{"numbers":["+9715000%04d"]}`, n))
		d.Change(id, func(o *order.Order) {
			o.WaitsFor, o.Reason = "requester", worst
			o.Talk = []order.RemarkView{{Realm: identity.Discord, Name: "Bob", Kind: order.RemarkAsked, Text: worst, At: fixture.Moment()}}
		})
		d.Happened(worst)
		d.Happened(worst)
	}
	for _, path := range []string{"/approvals", "/history", "/log"} {
		got := b.get(path)
		if size := len(strings.ReplaceAll(got.text, "+", "&#43;")) + static; size > 60_000 {
			t.Errorf("%s: got %d bytes with all that belongs to it", path, size)
		}
		if err := judged(got.text); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	list := b.get("/approvals")
	shown := strings.Count(list.text, `class="card"`)
	list.has(t, fmt.Sprintf("%d more wait", 100-shown), `href="/desk/history?state=pending"`)
	seen := map[string]bool{}
	older := regexp.MustCompile(`href="/desk(/log\?to=\d+)">Older`)
	for path := "/log"; path != ""; {
		page := b.get(path)
		for _, m := range regexp.MustCompile(`<li value="(\d+)">`).FindAllStringSubmatch(page.text, -1) {
			if seen[m[1]] {
				t.Errorf("got entry %s twice", m[1])
			}
			seen[m[1]] = true
		}
		path = ""
		if m := older.FindStringSubmatch(page.text); m != nil {
			path = m[1]
		}
	}
	if entry, _, _ := d.Head(t.Context()); int64(len(seen)) != entry {
		t.Errorf("got %d entries of %d", len(seen), entry)
	}
}
