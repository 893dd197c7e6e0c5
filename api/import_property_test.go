package api

import (
	"net/http"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// undoable is an import of the model that is over, and the numbers that it added.
type undoable struct {
	id, list string
	added    []string
}

// begin queues the import of a file of few numbers, of which many are duplicates.
func (m *model) begin(list string) (importState, []string) {
	numbers := m.spellings()
	file := "phoneNumber\n" + strings.Join(append(numbers, ""), "\n")
	return m.w.startImport(list, "people.csv", file, map[string]any{"again": true}), numbers
}

// importFile imports a file.
func (m *model) importFile(list string) {
	if list == "" {
		return
	}
	im, numbers := m.begin(list)
	m.settle(im, numbers)
}

// settle runs what waits, and holds the import's counts against the model.
func (m *model) settle(im importState, numbers []string) {
	list, had := im.ContactListID, len(m.held[im.ContactListID])
	want := m.expect(list, numbers)
	m.w.runImports()
	got := m.w.importNow(im.ImportID)
	c := got.Counts
	if got.State != "done" || int(c.Rows) != want.Received || int(c.Added) != want.Added || int(c.Duplicate) != want.Duplicates || int(c.Rejected) != want.Received-want.Added-want.Duplicates {
		m.t.Fatalf("imported %+v, want %+v", got, want)
	}
	if want.Added > 0 {
		m.done = append(m.done, undoable{im.ImportID, list, slices.Clone(m.held[list][had:])})
	}
}

// cancelImport cancels an import that waits, and maybe tries it again.
func (m *model) cancelImport(list string) {
	if list == "" {
		return
	}
	im, numbers := m.begin(list)
	if status, a := m.w.call(http.MethodPost, v2("/imports/"+im.ImportID+"/cancel"), ""); status != http.StatusAccepted {
		m.t.Fatal(status, a)
	}
	m.w.runImports()
	if got := m.w.importNow(im.ImportID); got.State != "cancelled" || got.Counts.Rows != 0 {
		m.t.Fatalf("cancelled: %+v", got)
	}
	if !rapid.Bool().Draw(m.t, "retry") {
		return
	}
	if status, a := m.w.call(http.MethodPost, v2("/imports/"+im.ImportID+"/retry"), ""); status != http.StatusAccepted {
		m.t.Fatal(status, a)
	}
	m.settle(im, numbers)
}

// undoImport takes any import back that is over, however much came after it.
func (m *model) undoImport() {
	m.done = slices.DeleteFunc(m.done, func(u undoable) bool { return m.names[u.list] == "" })
	if len(m.done) == 0 {
		return
	}
	at := rapid.IntRange(0, len(m.done)-1).Draw(m.t, "import")
	u := m.done[at]
	m.done = slices.Delete(m.done, at, at+1)
	if status, a := m.w.call(http.MethodPost, v2("/imports/"+u.id+"/undo"), ""); status != http.StatusAccepted {
		m.t.Fatal(status, a)
	}
	m.w.runImports()
	if got := m.w.importNow(u.id); got.Undo == nil || got.Undo.State != "done" {
		m.t.Fatalf("undone: %+v", got)
	}
	for _, number := range u.added {
		i := slices.Index(m.held[u.list], number)
		m.held[u.list] = slices.Delete(m.held[u.list], i, i+1)
	}
}
