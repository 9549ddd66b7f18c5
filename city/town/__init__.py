"""The simulated town: streets, water, blocks, buildings, unit grid and street furniture, all from one seed.

Inside this package every length is in metres on a flat plane, x east and y north of the town's centre;
`town.plane` turns that into WGS-84 when the layers are written.
"""
