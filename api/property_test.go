package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/store"
	"rollcall/store/storetest"
)

// model is what the lists should be after the operations so far.
type model struct {
	w     *world
	t     *rapid.T
	names map[string]string // by id
	twice map[string]bool   // whether the list allows duplicates
	held  map[string][]string
	done  []undoable
	n     int
}

// Any sequence of creates, adds, updates, deletes, imports, cancellations and undos leaves totalRecordCount
// equal to the contacts that a walk finds, and getAllListDetails equal to what
// is said of each list alone.
func TestProperty_CountsAndKeptAnswers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.check = false // the scenarios hold every shape against the document
		rapid.Check(t, func(rt *rapid.T) {
			m := &model{w: w, t: rt, names: map[string]string{}, twice: map[string]bool{}, held: map[string][]string{}}
			defer m.clear()
			for range rapid.IntRange(1, 12).Draw(rt, "operations") {
				m.step()
				m.compare()
			}
		})
	})
}

func (m *model) step() {
	switch rapid.SampledFrom([]string{"create", "add", "add", "add", "update", "delete", "import", "import", "cancel", "undo"}).Draw(m.t, "operation") {
	case "create":
		m.n++
		name, twice := fmt.Sprintf("L%d", m.n), rapid.Bool().Draw(m.t, "allowDuplicates")
		id := m.w.create(name, twice)
		m.names[id], m.twice[id] = name, twice
	case "add":
		m.add(m.pick())
	case "update":
		m.update(m.pick())
	case "import":
		m.importFile(m.pick())
	case "cancel":
		m.cancelImport(m.pick())
	case "undo":
		m.undoImport()
	case "delete":
		if id := m.pick(); id != "" {
			m.w.must(http.MethodDelete, v2("/contactList/"+id), "")
			delete(m.names, id)
			delete(m.held, id)
		}
	}
}

func (m *model) pick() string {
	if len(m.names) == 0 {
		return ""
	}
	return rapid.SampledFrom(slices.Sorted(maps.Keys(m.names))).Draw(m.t, "list")
}

// add sends spellings of few numbers, so that many are duplicates.
func (m *model) add(id string) {
	if id == "" {
		return
	}
	numbers := m.spellings()
	var data []map[string]string
	for _, n := range numbers {
		data = append(data, map[string]string{"phoneNumber": n})
	}
	body, _ := json.Marshal(map[string]any{"contact_list_name": m.names[id], "data": append([]map[string]string{}, data...)})
	got := decodeData[addedContacts](m.w.t, m.w.must(http.MethodPost, v2("/contactList/addContacts"), string(body)))
	want := m.expect(id, numbers)
	if got.Received != want.Received || got.Added != want.Added || got.Duplicates != want.Duplicates || len(got.Rejected) != want.Received-want.Added-want.Duplicates {
		m.t.Fatalf("added %+v, want %+v", got, want)
	}
}

func (m *model) spellings() []string {
	return rapid.SliceOfN(rapid.SampledFrom([]string{"+14155550101", "1 (415) 555-0101", "14155550102", "+1-415-555-0103", "12", "x"}), 0, 6).Draw(m.t, "numbers")
}

func (m *model) expect(id string, numbers []string) addedContacts {
	same := map[string]string{"1 (415) 555-0101": "+14155550101", "14155550102": "+14155550102", "+1-415-555-0103": "+14155550103"}
	want := addedContacts{Received: len(numbers)}
	for _, n := range numbers {
		if other, ok := same[n]; ok {
			n = other
		}
		switch {
		case len(n) < 8:
		case slices.Contains(m.held[id], n) && !m.twice[id]:
			want.Duplicates++
		default:
			want.Added++
			m.held[id] = append(m.held[id], n)
		}
	}
	return want
}

func (m *model) update(id string) {
	if id == "" {
		return
	}
	m.n++
	m.names[id], m.twice[id] = fmt.Sprintf("L%d", m.n), rapid.Bool().Draw(m.t, "allowDuplicates")
	m.w.must(http.MethodPut, v2("/contactList/"+id), fmt.Sprintf(`{"name":%q,"allowDuplicates":%t}`, m.names[id], m.twice[id]))
}

// compare holds what the API says against the model and against itself.
func (m *model) compare() {
	all := decodeData[[]map[string]any](m.w.t, m.w.must(http.MethodPost, v2("/contactList/getAllListDetails"), ""))
	if len(all) != len(m.names) {
		m.t.Fatalf("%d lists, want %d", len(all), len(m.names))
	}
	for _, l := range all {
		id := l["_id"].(string)
		one := decodeData[map[string]any](m.w.t, m.w.must(http.MethodGet, v2("/contactList/"+id), ""))
		for name := range one {
			if _, ok := l[name]; !ok {
				delete(one, name) // get-one says more
			}
		}
		if diff := cmp.Diff(one, l); diff != "" {
			m.t.Fatalf("getAllListDetails is not what get says (-one +all):\n%s", diff)
		}
		walked := m.w.walk(id, 2)
		if n := int(l["totalRecordCount"].(float64)); n != len(walked) || n != len(m.held[id]) || l["name"] != m.names[id] {
			m.t.Fatalf("%s: totalRecordCount %d, %d walked, %d added", l["name"], n, len(walked), len(m.held[id]))
		}
	}
}

func (m *model) clear() {
	for id := range m.names {
		m.w.must(http.MethodDelete, v2("/contactList/"+id), "")
	}
}

// walk gives the ids of a list's contacts by cursor.
func (w *world) walk(list string, limit int) []string {
	w.t.Helper()
	var ids []string
	cursor := ""
	for {
		page := decodeData[struct {
			Results []struct {
				ID string `json:"_id"`
			}
			HasMore    bool
			NextCursor string
		}](w.t, w.must(http.MethodGet, v2(fmt.Sprintf("/contactList/%s/getAllContacts?limit=%d&cursor=%s", list, limit, cursor)), ""))
		for _, c := range page.Results {
			ids = append(ids, c.ID)
		}
		if !page.HasMore {
			return ids
		}
		cursor = page.NextCursor
	}
}
