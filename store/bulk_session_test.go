package store_test

import (
	"testing"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
	"rollcall/store/storetest"
)

// blockSize is large enough for the filter to be used.
const blockSize = 6000

func onPostgres(t *testing.T) store.Config {
	return store.Config{DataDir: t.TempDir(), DatabaseURL: storetest.PostgresURL(t)}
}

func begin(t *testing.T, s *store.Store, o rollcall.Owner) *rollcall.Import {
	return must(s.BeginImport(ctx, rollcall.ImportStart{
		Owner: o, User: "u-1", ListName: "list", Description: "from a file", File: rollcall.File{ID: rollcall.NewFileID(), Name: "a.csv"}, Digest: "d1", Columns: []string{"phone"},
		Rules: rollcall.ImportRules{Mapping: rollcall.Mapping{PhoneNumber: "phone"}, PhoneRule: phone.RuleE164}, Worker: "w1",
	}, storetest.Time))(t)
}

// from gives blockSize numbers that follow one another.
func from(first phone.Number) []phone.Number {
	out := make([]phone.Number, blockSize)
	for i := range out {
		out[i] = first + phone.Number(i)
	}
	return out
}

// commit commits a block, and checks what was added and what was not.
func commit(t *testing.T, s *store.Store, im *rollcall.Import, numbers []phone.Number, added, duplicate int64) {
	t.Helper()
	b := &rollcall.Block{First: im.Counts.Rows + 1}
	for i, c := range contacts(numbers...) {
		b.Rows = append(b.Rows, rollcall.Row{Number: b.First + int64(i), Contact: c})
	}
	got := must(s.CommitBlock(ctx, im, b, storetest.Time))(t)
	if got.Added != added || got.Duplicate != duplicate {
		t.Errorf("%+v, want %d added, %d duplicates", got, added, duplicate)
	}
}

func checkCount(t *testing.T, s *store.Store, o rollcall.Owner, list string, want int64) {
	t.Helper()
	if got := must(s.ContactList(ctx, o, list))(t).TotalRecordCount; got != want {
		t.Errorf("totalRecordCount %d, want %d", got, want)
	}
	if wrong := must(s.CheckCounts(ctx))(t); len(wrong) != 0 {
		t.Errorf("counts that are not the number of contacts: %+v", wrong)
	}
}

func TestBulkSession_EarlierBlocksAndOtherProcesses(t *testing.T) {
	c := onPostgres(t)
	s, other := storetest.Open(t, c), storetest.Open(t, c)
	o := storetest.Owner(t, s)
	im := begin(t, s, o)
	commit(t, s, im, from(14150000000), blockSize, 0)
	if got := s.FilterOf(im, from(14150000000)); got != blockSize {
		t.Fatalf("the filter has %d of the first block", got)
	}
	commit(t, s, im, from(14150000000+blockSize/2), blockSize/2, blockSize/2)
	added := must(other.AddContacts(ctx, o, im.ListID, contacts(from(15150000000)...), "u-1", storetest.Time))(t)
	if added.Added != blockSize {
		t.Fatalf("the other process: %+v", added)
	}
	commit(t, s, im, from(15150000000+blockSize-10), blockSize-10, 10)
	must(s.EndImport(ctx, im, nil, storetest.Time))(t)
	checkCount(t, s, o, im.ListID, 2*blockSize+blockSize/2+blockSize-10)
}

func TestBulkSession_AListThatIsThereIsReadWhenItPays(t *testing.T) {
	c := onPostgres(t)
	s := storetest.Open(t, c)
	o := storetest.Owner(t, s)
	l := storetest.List(t, s, o, "list")
	for i := range 5 {
		must(s.AddContacts(ctx, o, l.ID, contacts(from(phone.Number(15150000000+i*blockSize))...), "u-1", storetest.Time))(t)
	}
	im := begin(t, s, o)
	commit(t, s, im, from(15150000000), 0, blockSize)
	if got := s.FilterOf(im, from(15150000000)); got != 0 {
		t.Errorf("five blocks were read for the sake of one")
	}
	commit(t, s, im, from(16150000000), blockSize, 0)
	commit(t, s, im, from(16150000000-1), 1, blockSize-1)
	if got := s.FilterOf(im, from(15150000000)); got != blockSize {
		t.Errorf("the filter has %d of the first block", got)
	}
	checkCount(t, s, o, l.ID, 6*blockSize+1)
}

func TestBulkSession_AFilterThatIsWrongCostsTimeOnly(t *testing.T) {
	c := onPostgres(t)
	s := storetest.Open(t, c)
	o := storetest.Owner(t, s)
	im := begin(t, s, o)
	commit(t, s, im, from(14150000000), blockSize, 0)
	if !s.EmptyFilter(im) {
		t.Fatal("no filter was in use")
	}
	commit(t, s, im, from(14150000000+1), 1, blockSize-1)
	commit(t, s, im, from(14150000000+2), 1, blockSize-1)
	if got := s.FilterOf(im, from(14150000000)); got != blockSize {
		t.Errorf("the filter that was made anew has %d of the first block", got)
	}
	checkCount(t, s, o, im.ListID, blockSize+2)
}

// What a block that was rolled back put into the filter is looked up in vain, no more.
func TestBulkSession_ABlockThatFails(t *testing.T) {
	c := onPostgres(t)
	s := storetest.Open(t, c)
	o := storetest.Owner(t, s)
	im := begin(t, s, o)
	commit(t, s, im, from(14150000000), blockSize, 0)
	b := &rollcall.Block{First: im.Counts.Rows + 1}
	for i, c := range contacts(from(16150000000)...) {
		b.Rows = append(b.Rows, rollcall.Row{Number: b.First + int64(i), Contact: c})
	}
	b.Rejects = []rollcall.Reject{{Number: 1, Code: "a\x00", Message: "no text of PostgreSQL's holds a NUL"}}
	if counts, err := s.CommitBlock(ctx, im, b, storetest.Time); err == nil {
		t.Fatalf("got %+v", counts)
	}
	must(s.AddContacts(ctx, o, im.ListID, contacts(from(17150000000)...), "u-1", storetest.Time))(t)
	commit(t, s, im, from(16150000000), blockSize, 0)
	commit(t, s, im, from(17150000000), 0, blockSize)
	checkCount(t, s, o, im.ListID, 3*blockSize)
}
