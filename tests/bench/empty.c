/* empty - does nothing: what a start costs. */
int
main(void)
{
    return 0;
}
